package businessonbot

import (
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
)

// codeRow is one statusCode of a failure's body.
type codeRow struct {
	code  string
	means message.Failure
	// source is where the row comes from, with BusinessOnBot's own words.
	source string
}

const inferred = "not documented, read as the HTTP status of that number: "

// codes are the failures of BusinessOnBot. Requirement 002 documents two; the others say what the HTTP statuses of their
// numbers say, since the body repeats the status.
var codes = []codeRow{
	{"400", provider.BadRequest, need + `"Bad payload!!"`},
	{"500", provider.Transient, need + `"Internal Server Error!!"`},
	{"401", provider.BadCredentials, inferred + "the guest API key is refused"},
	{"403", provider.BadCredentials, inferred + "the guest API key is refused"},
	{"429", provider.Throttled, inferred + "too many requests"},
	{"502", provider.InDoubt, inferred + "somebody behind it may have taken the message"},
	{"503", provider.Transient, inferred + "unavailable"},
	{"504", provider.InDoubt, inferred + "somebody behind it may have taken the message"},
}

// classify returns what a code means; [provider.Unlisted] for one that no row has.
func classify(code string) message.Failure {
	for _, row := range codes {
		if row.code == code {
			return row.means.Coded(code)
		}
	}

	return provider.Unlisted.Coded(code)
}
