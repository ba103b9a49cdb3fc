"""Words that the rules know by heart, each list with what it is for."""

from typing import Final


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


WEAK: Final = _set("""
    such other many several more most some any all both each every few various different certain
    same own first second third last next new old further additional main whole entire
    particular only good better best large small great big little simple possible available
    actual one two three four five six seven eight nine ten following typical usual common
""")
"""Say nothing of a thing, and are left out of its name."""

GENERIC: Final = _set("""
    problem reason result idea way thing example case goal purpose difference point answer
    number advantage disadvantage part step note option default fact rest effect list table term
    name value kind type sort form lot amount time day year month week hour minute people person
    man woman user reader author text page section chapter figure line end begin start side set
    group pair choice change use work place word meaning sense issue matter event process method
    approach information data detail level order condition situation solution ability need range
    rate size degree aspect feature property element item object unit area field nature role
    basis cause consequence version release today something anything everything member question
    majority half bit piece behaviour behavior input output code program function file argument
    parameter variable tool system project model concept definition theory story history attempt
    effort reference standard astronomer scientist developer physicist researcher expert
    programmer engineer learner student teacher observer volunteer maintainer improvement
    destination commentary count call address meeting topic beginning introduction development
    creation addition decision discussion announcement center centre top bottom left right front
    back location position direction distance key content copy support package message tree
    translation run task job action operation instruction manual site website link image picture
    color colour software library implementation interface
""")
"""Too wide to be asked for, standing alone."""

POINTING: Final = _set("""
    this that these those such following above below previous previously earlier later former
    latter here aforementioned aforesaid same another likewise i we you me us my our your he she
    him her his hers they them it itself themselves himself herself someone something myself
    yourself ourselves let today nowadays currently recently now ago hereafter also too either
    thus therefore however hence just still neither respectively yesterday tomorrow already yet
""")
"""Point to something before or after the sentence, or to who speaks."""

LINKING: Final = _set("""
    however thus therefore hence also furthermore moreover instead otherwise similarly finally
    then next first second third firstly secondly lastly again still unfortunately fortunately
    nevertheless nonetheless but and or so yet indeed rather consequently accordingly meanwhile
    conversely besides additionally alternatively actually note see for because since although
    though if when while once as after before unless until given suppose consider assume
    specifically obviously clearly perhaps maybe certainly of course interestingly surprisingly
    eventually subsequently afterwards together only even just like unlike
""")
"""Begin a sentence that goes on from another."""

HEDGES: Final = _set("""
    must shall may might could should would seem appear perhaps probably try
""")
"""Make of a fact an opinion, a rule or a chance."""

JUDGING: Final = _set("""
    important difficult easy elegant popular integral interesting powerful useful good excellent
    essential common frequent convenient simple nice primary crucial
""")
"""Say what somebody thinks of a thing, and not what it is."""

IDLE: Final = _set("""
    be have become require provide play need remain seem include offer
""")
"""Say of a thing what could be said of many."""

NAMING: Final = _set("""
    call name term dub know refer designate
""")
"""Give something its name, said of it: `is called`."""

EXPLAINING: Final = _set("""
    consist contain specify determine indicate allow enable produce convert control store cause
    prevent detect discover invent find develop introduce propose write create
    design announce publish lead coin name use mark divide connect occur appear depend
""")
"""Say what something does or consists of."""

MEANING: Final = _set("""
    refer denote mean measure define describe represent
""")
"""Say what something is, without saying `is`."""
