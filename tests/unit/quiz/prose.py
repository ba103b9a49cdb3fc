"""A text of our own to make questions from."""

STARS = (
    "A star is a gigantic, glowing ball of hot gas that makes its own light deep inside.",
    (
        "The zenith is the point of the sky that lies exactly over the head of an observer. The"
        " point on the opposite side of the sky is called the nadir."
    ),
    "The horizon is the line that divides the visible half of the sky from the hidden half.",
    "The ecliptic is the path that the Sun follows among the constellations in a year.",
    "The celestial equator is the projection of the equator of the Earth onto the sky.",
    (
        "Parallax is the apparent shift of a near star against the background of distant ones, seen"
        " from two places."
    ),
    "Luminosity is the amount of light that a star gives off each second in all directions.",
    "The distance that light travels in a year is called a light-year.",
    "A nebula is a large cloud of gas and dust in the space between the stars.",
    "A pulsar is a neutron star that spins quickly and sends out regular beams of radio waves.",
    "An eclipse is the passing of one body of the sky through the shadow of another body.",
    "Precession is the slow turning of the axis of the Earth over about 26,000 years.",
    "The perihelion is the point of an orbit at which a planet comes nearest to the Sun.",
    "The aphelion is the point of an orbit at which a planet moves most slowly of all.",
    "The radiant is the point from which all meteors of a shower seem to fly apart.",
    "The vertex is the point towards which the stars of an open cluster move together.",
    "Galileo Galilei discovered the four large moons of Jupiter with a small telescope in 1610.",
    "Johannes Kepler published the first two laws of the motion of planets in 1609.",
    "Isaac Newton built the first working reflecting telescope of the world in 1668.",
    "William Herschel discovered the planet Uranus from his garden in Bath in 1781.",
)
