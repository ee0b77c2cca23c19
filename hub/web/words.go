package web

import "strings"

// said is what a notice says: what is the matter, why, and what to do.
type said struct{ title, text, hint string }

// notices are the pages that say one thing, by language. Every language has
// every one; a test says so.
var notices = map[string]map[string]said{
	"sv": {
		"nothing": {"Här finns ingenting", "Adressen leder ingenstans.", "Koden till väggen står på skärmen i salen: sex till tio siffror."},
		"no_wall": {"Ingen vägg med den koden", "Det finns ingen vägg med den koden.", "Titta efter på skärmen i salen och skriv den igen."},
		"method":  {"Så går det inte att fråga", "Adressen finns, men svarar inte på det sättet.", ""},
		"later":   {"Strax", "Det är många på väg in just nu.", "Sidan försöker igen av sig själv om några sekunder."},
		"away":    {"Väggen svarar inte just nu", "Det du skrivit på din telefon finns kvar där.", "Sidan försöker igen av sig själv."},
		"missing": {"Väggen finns inte just nu", "Servern har tappat den, och den kan läggas tillbaka. Det du skrivit på din telefon finns kvar där.",
			"Sidan kommer tillbaka av sig själv om väggen gör det."},
		"unbuilt": {"Sidorna är inte byggda", "Front end not built: run make build.", "Kör make build och starta programmet igen."},
		"insecure": {"Bordet är stängt härifrån",
			"Den här anslutningen är inte krypterad. Den som lyssnar på nätet skulle kunna ta över väggen, så moderatorns sida öppnas inte så här.",
			"Öppna den på datorn som kör väggen (http://localhost…), sätt väggen bakom HTTPS, eller starta programmet med --insecure-desk om ni litar på alla på nätet."},
		"insecure_proxy": {"", "",
			"Öppna {address} i stället. Om du redan är där: programmet vet inte att din proxy krypterar. Starta det med --trusted-proxy och proxyns adress."},
		"no_login":  {"Du är inte inloggad", "Det här är för moderatorer.", "Öppna din personliga länk, eller be väggens ägare om en ny."},
		"forbidden": {"Det får du inte", "Det här är för någon med en annan roll.", ""},
		"no_screen": {"Den här skärmen är inte insläppt", "Projektorns sida öppnas med väggens projektorlänk.",
			"Länken står i terminalen där programmet startades, och på moderatorns sida. Öppna hela länken, även det som står efter #."},
		"no_report": {"Sammanställningen kommer", "Den visas när resultaten är klara.", "Kom tillbaka till samma adress då."},
	},
	"en": {
		"nothing": {"There is nothing here", "The address leads nowhere.", "The wall's code is on the screen in the hall: six to ten digits."},
		"no_wall": {"No wall has that code", "There is no wall with that code.", "Look at the screen in the hall and type it again."},
		"method":  {"It cannot be asked like that", "The address exists, but does not answer to that.", ""},
		"later":   {"One moment", "Many people are on their way in.", "This page tries again by itself in a few seconds."},
		"away":    {"The wall does not answer just now", "What you wrote on your phone is still there.", "This page tries again by itself."},
		"missing": {"The wall is not there right now", "The server has lost it, and it can be put back. What you wrote on your phone is still there.",
			"This page comes back by itself if the wall does."},
		"unbuilt": {"The pages are not built", "Front end not built: run make build.", "Run make build and start the program again."},
		"insecure": {"The desk is closed from here",
			"This connection is not encrypted. Somebody listening on the network could take over the wall, so the moderator's page does not open like this.",
			"Open it on the computer that runs the wall (http://localhost…), put the wall behind HTTPS, or start the program with --insecure-desk if you trust everyone on the network."},
		"insecure_proxy": {"", "",
			"Open {address} instead. If that is where you are: the program does not know that your proxy encrypts. Start it with --trusted-proxy and the proxy's address."},
		"no_login":  {"You are not logged in", "This is for moderators.", "Open your personal link, or ask the wall's owner for a new one."},
		"forbidden": {"You may not do that", "This is for somebody with another role.", ""},
		"no_screen": {"This screen has not been let in", "The projector's page is opened with the wall's projector link.",
			"The link is in the terminal where the program was started, and on the moderator's page. Open all of it, also what stands after the #."},
		"no_report": {"The report is to come", "It is shown when the results are ready.", "Come back to this address then."},
	},
}

// ways are what the way out of a notice says, by language.
var ways = map[string]struct{ code, wall, again string }{
	"sv": {"Skriv koden", "Till väggen", "Försök igen"},
	"en": {"Enter the code", "To the wall", "Try again"},
}

// wayOut is the link on a notice, and where it leads: none when the notice
// itself says what to open, or comes back by itself.
func wayOut(lang, what, path string) (link, to string) {
	switch what {
	case "nothing", "no_wall", "missing":
		return ways[lang].code, "/"
	case "no_report":
		return ways[lang].wall, strings.TrimSuffix(path, "/report")
	case "away":
		return ways[lang].again, path
	}
	return "", ""
}

// codeWords are the codes that programs get for the same. A program tells
// "not_found" from "forbidden"; a person needs more.
var codeWords = map[string]string{
	"nothing": "not_found", "no_wall": "not_found", "method": "invalid", "later": "busy", "away": "unavailable", "missing": "missing",
	"unbuilt": "unbuilt", "insecure": "insecure", "no_login": "no_login", "forbidden": "forbidden",
	"no_screen": "forbidden", "no_report": "phase",
}
