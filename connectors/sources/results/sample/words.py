"""The made-up vocabulary of the sample: people, companies and places that do not exist, on domains that cannot."""

FIRST_NAMES = (
    "Adaeze Albrecht Amélie Anders Beatriz Bogdan Camille Catriona Dagmar Delphine Edvard Eleni Emre Fatou Ferdinand Fiona Gaspard "
    "Gwendolyn Hanneke Harald Ilse Imani Jarmila Joaquin Kerstin Kofi Leonor Lubomir Magali Matthias Merete Naomi Odile Oskar "
    "Paloma Quentin Ragnhild Renske Roswitha Sabela Sander Tamsin Thijs Ulrike Valérie Wanda Xenia Yannick Zdenka Ørjan"
).split()
LAST_NAMES = (
    "Abernethy Achterberg Bellerose Birkenau Brandsma Calderwood Castelnau Dorsett Eikeland Fairweather Falkenrath Gårdsten "
    "Greville Halvorsen Heidenreich Iversby Jessop Kaltenbach Kirkbride Lacroisière Lindgaard Marchbanks Mölders Nettleship "
    "Norgate Oosterhof Pemberly Quillfeldt Ravensdale Rosenkvist Sauvageot Schönhagen Tollgard Tréville Underhay Vandermolen "
    "Vestergren Wetherby Winterbourne Yarborough"
).split()
WIDE_LAST_NAMES = ("Dąbrowka", "Świetlik", "Žižkov", "Őrsi")
COMPANY_FIRST = (
    "Alder Anchor Basalt Beacon Bramble Cobalt Compass Coral Dovetail Driftwood Echo Fathom Fjord Foxglove Garnet Glacier Hazel "
    "Heron Indigo Juniper Kestrelle Lantern Larch Meridian Mistral Nettle Northgate Oriole Osprey Pebble Quarry Rowan Saffron "
    "Sextant Tamarind Thistle Tundra Umber Verdant Willow Yarrow Zephyr"
).split()
COMPANY_SECOND = (
    "Bakehouse Bearings Boatyard Brewing Carpets Ceilings Chocolates Couriers Dental Doors Drones Fisheries Flooring Gardens "
    "Glassworks Heating Hosiery Kitchens Laundry Lifts Linen Masonry Mills Nurseries Optics Orchards Pianos Plastics Pottery Pumps "
    "Roofing Saddlery Seeds Shutters Tannery Tiles Toolworks Upholstery Vineyards Watches"
).split()
LEGAL_FORMS = ("Ltd", "GmbH", "SAS", "Inc.", "AB", "BV", "s.r.o.", "")
INDUSTRIES = ("Manufacturing", "Food", "Construction", "Logistics", "Health", "Crafts")
JOB_TITLES = ("Managing director", "Head of purchasing", "Office manager", "Site manager", "Accountant", "Technician", "Owner")
STREETS = ("Harbour Lane", "Gartenweg", "Rue des Tanneurs", "Mill Road", "Lindenallee", "Station Parade", "Quai du Nord", "Oak Rise")
# Country as printed, places in it, and the shape of its phone numbers (# is a digit).
COUNTRIES = (
    ("Germany", ("Lindau am Moor", "Oberfelden", "Köhlersruh"), "+49 30 ## ### ##"),
    ("France", ("Saint-Aubin", "Montclair", "Bréval"), "+33 1 4# ## ## ##"),
    ("United Kingdom", ("Ashcombe", "Little Harrow", "Penwith"), "+44 20 7946 0###"),
    ("United States", ("Cedar Bluff", "Prairie View", "Milton Falls"), "+1 202-555-01##"),
    ("Sweden", ("Björkby", "Ängsholm", "Strandvik"), "+46 8 465 00# ##"),
)
SENTENCES = (
    "Wants the offer by Friday.",
    'Said: "Call me after the fair", so in March.',
    "Bitte nur vormittags anrufen; nachmittags auf der Baustelle.",
    "Le devis est signé, la commande suit.",
    "First line of the minutes\nsecond line: budget agreed\nthird line: who signs?",
    "Prices are fine, delivery time is not.",
    "Hat nach Referenzen gefragt, siehe <b>Angebot</b>.",
    "5 > 3 & done",
)
WIDE_SENTENCES = ("見積もりは来週です。", "Спросить про доставку.", "مرحبا، نعود إليكم قريبا", "Zavolat příští týden 📞")
PROJECTS = (
    "new workshop",
    "service contract",
    "spare parts",
    "showroom refit",
    "second site",
    "annual supply",
    "training days",
    "trial order",
)
LOST_REASONS = ("Price", "Chose another supplier", "No budget", "No answer")
PRODUCTS = ("Hinge", "Valve", "Panel", "Sensor", "Cable set", "Filter", "Mounting kit", "Inspection", "Workshop day", "Licence")
SUBJECTS = ("Intro call", "Site visit", "Offer sent", "Price talk", "Reminder", "Contract questions", "Yearly review")
FREE_MAIL = ("gmail.com", "outlook.com", "web.de")
