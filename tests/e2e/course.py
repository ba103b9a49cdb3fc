"""A short course with a known text: one chapter a page, and three questions about it."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Chapter:
    """One page: a heading and what stands under it."""

    heading: str
    sentences: tuple[str, ...]

    @property
    def text(self) -> str:
        """All of it."""
        return " ".join(self.sentences)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Something to find: by other words, by one exact word, on which page, in which sentence."""

    paraphrase: str
    word: str
    page: int
    sentence: str


CHAPTERS: Final = (
    Chapter(
        "Light and colour",
        (
            "Light is electromagnetic radiation that the human eye can see.",
            "The sky looks blue because air molecules scatter short waves more than long ones.",
            "Rayleigh scattering grows with the fourth power of the frequency.",
            "At sunset the path through the air is longer, so mostly red light is left.",
        ),
    ),
    Chapter(
        "Lenses",
        (
            "A convex lens brings parallel rays together at its focal point.",
            "The distance from the lens to this point is called the focal length.",
            "Shortsighted people wear concave lenses, which spread the rays before the eye.",
            "A telescope combines two lenses to make distant things look near.",
        ),
    ),
    Chapter(
        "Photosynthesis",
        (
            "Photosynthesis is the process by which plants turn light into chemical energy.",
            "Chlorophyll absorbs mostly red and blue light and reflects green.",
            "The Calvin cycle builds sugar from carbon dioxide without needing light itself.",
            "Oxygen is released when water molecules are split.",
        ),
    ),
    Chapter(
        "Mitochondria",
        (
            "Mitochondria are the organelles that supply a cell with usable energy.",
            "They make adenosine triphosphate from sugar and oxygen.",
            "Mitochondria carry their own small ring of DNA, inherited from the mother.",
            "Muscle cells hold thousands of them.",
        ),
    ),
    Chapter(
        "Plate tectonics",
        (
            "The outer shell of the Earth is broken into plates that move by centimetres a year.",
            "Mountains such as the Himalayas rise where two continents collide.",
            "At mid-ocean ridges molten rock wells up and forms new sea floor.",
            "Subduction pulls old sea floor down into the mantle.",
        ),
    ),
    Chapter(
        "Volcanoes",
        (
            "A volcano is an opening through which molten rock reaches the surface.",
            "Magma that has reached the surface is called lava.",
            "Gas dissolved in sticky magma makes eruptions violent.",
            "In the year 79 Vesuvius buried the town of Pompeii under ash.",
        ),
    ),
    Chapter(
        "Tides",
        (
            "Tides are the regular rise and fall of the sea.",
            "The gravity of the Moon pulls the water on the near side more than the Earth itself.",
            "Spring tides happen when Sun, Earth and Moon stand in one line.",
            "The Bay of Fundy has the highest tides in the world.",
        ),
    ),
    Chapter(
        "The heart",
        (
            "The heart is a muscle that pumps blood through the body.",
            "It has two atria and two ventricles.",
            "Valves keep the blood from flowing backwards between beats.",
            "The sinoatrial node sets the pace of a healthy heart.",
        ),
    ),
    Chapter(
        "Vaccination",
        (
            "A vaccine teaches the immune system to recognise a germ without causing the disease.",
            "Edward Jenner used cowpox in 1796 to protect people against smallpox.",
            "Memory cells remain in the body for years and answer quickly at the next contact.",
            "When most people are immune, a disease finds nobody to spread to.",
        ),
    ),
    Chapter(
        "Heredity",
        (
            "Gregor Mendel counted peas in a monastery garden to find the rules of heredity.",
            "A recessive trait shows only when both parents pass it on.",
            "Genes are stretches of DNA that carry instructions for proteins.",
            "Chromosomes come in pairs, one from each parent.",
        ),
    ),
    Chapter(
        "The French Revolution",
        (
            "The French Revolution began in 1789 with the storming of the Bastille.",
            "The price of bread had doubled after bad harvests.",
            "The Declaration of the Rights of Man was adopted in August 1789.",
            "Robespierre led the Committee of Public Safety during the Terror.",
        ),
    ),
    Chapter(
        "Printing",
        (
            "Johannes Gutenberg printed a Bible with movable type in Mainz about 1455.",
            "Books became cheap enough for merchants and students to own.",
            "Within fifty years presses worked in more than two hundred towns.",
            "Pamphlets carried the ideas of the Reformation across Europe.",
        ),
    ),
    Chapter(
        "The Roman roads",
        (
            "Roman roads were built in layers of stone, gravel and sand.",
            "Milestones told travellers how far the next town was.",
            "The Via Appia led from Rome to the harbour of Brindisi.",
            "Couriers changed horses at stations along the way.",
        ),
    ),
    Chapter(
        "Inflation",
        (
            "Inflation is a general rise of prices over time.",
            "When money loses its value quickly, people spend their wages the same day.",
            "A central bank raises interest rates to slow it down.",
            "In 1923 a loaf of bread cost billions of marks in Berlin.",
        ),
    ),
    Chapter(
        "Supply and demand",
        (
            "The price of a good rises when more people want it than there is to sell.",
            "A surplus of goods makes sellers lower their prices.",
            "Elastic demand means that buyers react strongly to a change of price.",
            "Substitutes such as tea and coffee influence each other.",
        ),
    ),
    Chapter(
        "Prime numbers",
        (
            "A prime number has exactly two divisors, one and itself.",
            "Euclid proved that there are infinitely many primes.",
            "The sieve of Eratosthenes crosses out the multiples of each prime in turn.",
            "Large primes protect messages in public key cryptography.",
        ),
    ),
    Chapter(
        "Probability",
        (
            "Probability measures how likely an event is, between zero and one.",
            "Throwing a fair coin twice gives two heads in a quarter of all cases.",
            "The law of large numbers says that averages settle down as trials go on.",
            "Bayes showed how to change a belief when new evidence comes in.",
        ),
    ),
    Chapter(
        "Algorithms",
        (
            "An algorithm is a finite list of exact steps that solves a problem.",
            "Binary search halves a sorted list again and again until the item is found.",
            "Quicksort picks a pivot and parts the smaller items from the larger ones.",
            "Dijkstra described how to find the shortest way through a network.",
        ),
    ),
    Chapter(
        "Sound",
        (
            "Sound is a wave of pressure that needs a medium to travel in.",
            "The pitch of a tone depends on its frequency.",
            "Bats find their prey in the dark by listening to the echo of their own calls.",
            "In a vacuum nobody can hear a bell ring.",
        ),
    ),
    Chapter(
        "Glaciers",
        (
            "A glacier is a thick mass of ice that slowly flows downhill.",
            "Moraines are ridges of rubble that the ice pushed together.",
            "Fjords are valleys that glaciers carved and the sea later filled.",
            "The Perito Moreno glacier calves into a lake in Patagonia.",
        ),
    ),
    Chapter(
        "Bees",
        (
            "Honey bees tell each other where flowers are by dancing on the comb.",
            "The angle of the waggle dance shows the direction relative to the Sun.",
            "A queen may lay two thousand eggs a day in early summer.",
            "Karl von Frisch received a Nobel Prize for reading this language.",
        ),
    ),
    Chapter(
        "Rainbows",
        (
            "A rainbow appears when sunlight is refracted and reflected inside drops of rain.",
            "Each colour leaves the drop at its own angle.",
            "The centre of the bow always lies opposite the Sun.",
            "Descartes calculated the angle of forty-two degrees.",
        ),
    ),
)

WANTED: Final = (
    Wanted(
        "how do insects show their hive mates the way to blossoms",
        "waggle",
        21,
        "Honey bees tell each other where flowers are by dancing on the comb.",
    ),
    Wanted(
        "workers shop immediately after payday because cash becomes worthless",
        "marks",
        14,
        "When money loses its value quickly, people spend their wages the same day.",
    ),
    Wanted(
        "nocturnal flying mammals hunt using reflected noises",
        "echo",
        19,
        "Bats find their prey in the dark by listening to the echo of their own calls.",
    ),
)
