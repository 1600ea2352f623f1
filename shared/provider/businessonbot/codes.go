package businessonbot

import "github.com/eshopbox/whatsapp-notifications/shared/provider"

// codeRow is one statusCode of a failure's body.
type codeRow struct {
	code  string
	class provider.Class
	cause string
	// source is where the row comes from, with BusinessOnBot's own words.
	source string
}

const inferred = "not documented, read as the HTTP status of that number: "

// codes are the failures of BusinessOnBot. Requirement 002 documents two; the others say what the HTTP statuses of their
// numbers say, since the body repeats the status.
var codes = []codeRow{
	{"400", provider.ClassBadRequest, "", need + `"Bad payload!!"`},
	{"500", provider.ClassTransient, "", need + `"Internal Server Error!!"`},
	{"401", provider.ClassAccount, provider.CauseCredentials, inferred + "the guest API key is refused"},
	{"403", provider.ClassAccount, provider.CauseCredentials, inferred + "the guest API key is refused"},
	{"429", provider.ClassThrottled, "", inferred + "too many requests"},
	{"502", provider.ClassUnknown, "", inferred + "somebody behind it may have taken the message"},
	{"503", provider.ClassTransient, "", inferred + "unavailable"},
	{"504", provider.ClassUnknown, "", inferred + "somebody behind it may have taken the message"},
}

// classify finds a code; one that is not listed is permanent for the message and touches neither account nor shopper.
func classify(code string) codeRow {
	for _, row := range codes {
		if row.code == code {
			return row
		}
	}
	return codeRow{code: code, class: provider.ClassBadRequest, cause: provider.CauseUnlisted}
}
