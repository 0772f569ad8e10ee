"""Word lists from which the drills are built.

Every word that can be a drill's answer is, with its leading space, one token of the demo tokenizer; ``tokenizer.py``
ensures this.
"""

CAPITALS: dict[str, str] = dict(
    pair.split(":")
    for pair in (
        "France:Paris Italy:Rome Spain:Madrid Germany:Berlin England:London Japan:Tokyo China:Beijing "
        "Russia:Moscow Egypt:Cairo Greece:Athens Portugal:Lisbon Austria:Vienna Poland:Warsaw "
        "Hungary:Budapest Norway:Oslo Sweden:Stockholm Finland:Helsinki Denmark:Copenhagen Ireland:Dublin "
        "Scotland:Edinburgh Wales:Cardiff Belgium:Brussels Switzerland:Bern Turkey:Ankara Iran:Tehran "
        "Iraq:Baghdad Syria:Damascus Lebanon:Beirut Jordan:Amman Cuba:Havana Canada:Ottawa Peru:Lima "
        "Chile:Santiago Colombia:Bogota Ecuador:Quito Venezuela:Caracas Uruguay:Montevideo Kenya:Nairobi "
        "Ghana:Accra Nigeria:Abuja Senegal:Dakar Mali:Bamako Sudan:Khartoum Uganda:Kampala Rwanda:Kigali "
        "Zambia:Lusaka Zimbabwe:Harare Angola:Luanda Morocco:Rabat Libya:Tripoli Mozambique:Maputo "
        "Nepal:Kathmandu Bangladesh:Dhaka Pakistan:Islamabad Afghanistan:Kabul Thailand:Bangkok "
        "Vietnam:Hanoi Indonesia:Jakarta Australia:Canberra Iceland:Reykjavik Latvia:Riga Lithuania:Vilnius "
        "Ukraine:Kyiv Romania:Bucharest Bulgaria:Sofia Serbia:Belgrade Croatia:Zagreb Albania:Tirana "
        "Jamaica:Kingston Qatar:Doha Oman:Muscat"
    ).split()
)

OPPOSITES: list[tuple[str, str]] = [
    (pair.split(":")[0], pair.split(":")[1])
    for pair in (
        "hot:cold big:small up:down day:night black:white good:bad old:young happy:sad fast:slow high:low "
        "long:short open:closed wet:dry hard:soft light:dark rich:poor full:empty early:late left:right "
        "near:far strong:weak clean:dirty loud:quiet true:false first:last thick:thin wide:narrow "
        "deep:shallow sweet:bitter brave:afraid love:hate win:lose push:pull give:take come:go "
        "begin:end buy:sell laugh:cry north:south east:west king:queen friend:enemy war:peace life:death "
        "inside:outside always:never above:below before:after yes:no"
    ).split()
]

WEEKDAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
MONTHS = ("January February March April May June July August September October November December").split()
LETTERS = list("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
NUMBERS = [str(number) for number in range(41)]
NUMBER_WORDS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen twenty"
).split()

NAMES = (
    "Mary John Tom Anna Peter Jane Paul Lucy James Emma Jack Kate Henry Alice George Rose Sam Ruth David "
    "Clara Mark Nora Simon Ella Martin Grace Oliver Helen Robert Sarah Daniel Laura"
).split()
PLACES = (
    "shop park school garden market river church station farm beach castle house kitchen library forest bridge"
).split()
OBJECTS = "book ball apple key hat ring letter cup bag flower coat lamp rope cake bell coin".split()

ADJECTIVES = (
    "red blue green yellow brown white black old young small big tall soft sweet cold warm happy quiet wild golden"
).split()
NOUNS = (
    "dog cat bird horse cow fox bear frog duck mouse tree house ship boat star moon sun river stone bridge "
    "door table chair bell drum cake apple leaf king queen boy girl man woman child hat coat road hill town "
    "wolf lion"
).split()
VERBS = "saw found liked made took lost kept sold wanted carried".split()

SINGULAR_PLURAL: list[tuple[str, str]] = [
    (noun, noun + "s")
    for noun in "dog cat bird horse cow tree house ship boat star stone bridge door table chair bell boy "
    "girl king queen road garden river castle friend sister brother teacher farmer doctor".split()
]
PREPOSITIONS = ["near", "behind", "beside", "under", "above", "with", "by", "in front of", "next to"]
STATES = "old small here lost new ready gone quiet happy beautiful big alone".split()


def answer_words() -> list[str]:
    """Every possible drill answer, without the leading space."""
    words = [*CAPITALS.values(), *WEEKDAYS, *MONTHS, *LETTERS, *NUMBERS, *NUMBER_WORDS, *NAMES]
    words += [letter.lower() for letter in LETTERS]
    words += [word for pair in OPPOSITES for word in pair]
    words += [*ADJECTIVES, *NOUNS, *VERBS, *OBJECTS, *PLACES, "is", "are", "was", "were"]
    return list(dict.fromkeys(words))


def subject_words() -> list[str]:
    """Other words that drills use; one token each is convenient but not required."""
    words = [*CAPITALS, *STATES, *(word for pair in SINGULAR_PLURAL for word in pair)]
    return [word for word in dict.fromkeys(words) if word not in set(answer_words())]
