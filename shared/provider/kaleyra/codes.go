package kaleyra

import (
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/cloudapi"
)

// Codes of answers whose own code, "WA401" or "WA-401", has several meanings.
const (
	// codeOtherVersion: the number was set up for version 1 of the API. No setting here mends that; Kaleyra moves numbers.
	codeOtherVersion = "WA401_other_version"
	// codeForeignNumber: the number is not in the account of the SID, or not approved.
	codeForeignNumber = "WA401_foreign_number"
	// codeNoAccess: the account may not use the API at all.
	codeNoAccess = "WA401_no_access"
)

// causeRow tells the meanings of one code apart: by the name under which the error stands, and a part of its text in
// lower case.
type causeRow struct {
	code, key, text string
	// name is our code for it.
	name   string
	means  message.Failure
	source string
}

const (
	sample   = "CONTRACT.md section 3.2: "
	sendPage = "developers.kaleyra.io/docs/whatsapp-api-v2-error-codes-for-send-message: "
	manage   = "developers.kaleyra.io/docs/whatsapp-api-v2-error-codes-for-template: "
	oldPage  = "developers.kaleyra.io/docs/whatsapp-error-codes: "
	// own is what Kaleyra says of one of Meta's codes.
	own        = "CONTRACT.md section 4: "
	retryAfter = 5 * time.Minute
	// dailyWait is ours: Kaleyra says neither when the day ends nor where. Four attempts a day find the new one.
	dailyWait = 6 * time.Hour
)

// accepted are the codes of success: the sample has the second, the page of error codes the first (CONTRACT.md section 3.1).
var accepted = []string{"WA200", "WA202"}

// codes are Kaleyra's own, without hyphens, and Meta's, which come in reports of numbers that are on version 2 and which
// Kaleyra lists too (developers.kaleyra.io/docs/cloud-api-error-codes).
var codes = provider.NewCodeTable(kaleyraCodes, overrides, cloudapi.Codes, cloudapi.PermissionCodes)

var kaleyraCodes = []provider.CodeRow{
	provider.Code("RBC001", provider.BadCredentials, sample+"incorrect SID or API key"),
	provider.Code("WA401", provider.BadCredentials, sample+"number not in the account, API not available, or number of another version"),
	provider.Code("WA400", provider.BadRequest, sample+"incorrect payload format"),
	provider.Code("E110", provider.LowBalance, sample+"low balance"),
	provider.Code("WAV2101", provider.Throttled.After(dailyWait), sendPage+"daily limit of the account"),
	provider.Code("WA429", provider.Throttled.After(retryAfter), manage+"too many requests; three attempts after 5, 10 and 15 minutes"),
	provider.Code("WA500", provider.Transient.After(retryAfter), sendPage+"server error; three attempts after 5, 10 and 15 minutes"),
	provider.Code("E13001", provider.BadRequest, oldPage+"validation, of version 1"),
}

// causeRows are for answers only, matched in order; the texts are those of CONTRACT.md section 3.2.
var causeRows = []causeRow{
	{"WA401", "phone_number", "different version", codeOtherVersion, provider.BadCredentials, sample + "401 unauthorized phone number version"},
	{"WA401", "phone_number", "does not belong", codeForeignNumber, provider.BadCredentials, sample + "401 unauthorized phone number"},
	{"WA401", "account", "not available", codeNoAccess, provider.Blocked, sample + "401 unauthorised account type"},
}

// overrides are Meta's codes that mean something else where Kaleyra hands them on. Two more have no
// row because Meta's table does the same: 131057 is passing, and 131048 holds the whole number.
var overrides = []provider.CodeRow{
	provider.Code("33", provider.BadRequest, own+"a fault of the request"),
	provider.Code("130497", provider.Blocked, own+"a fault of the account, which may not write to that country"),
	provider.Code("131021", provider.Undeliverable, own+"the recipient, which is the sender; never retried"),
	provider.Code("131030", provider.Undeliverable, own+"the recipient, which is not in the test number's list; never retried"),
	provider.Code("131052", provider.BadRequest, own+"a fault of the request, whose media cannot be downloaded"),
	provider.Code("131053", provider.BadRequest, own+"a fault of the request, whose media cannot be uploaded or fetched"),
	provider.Code(
		"131056", provider.Throttled.After(5*time.Minute),
		"ours, as for Gupshup: it comes in a report, after which a message has one more try, and after the longest burst, of "+
			"45 messages at one in 6 seconds, WhatsApp takes nothing for four and a half minutes",
	),
}

// spelled is a code as the tables have it: Kaleyra writes "WA401" and "WA-401".
func spelled(code string) string {
	return strings.ToUpper(strings.ReplaceAll(strings.TrimSpace(code), "-", ""))
}

// classify returns what a code means and whether the table has it. The failure's code is spelled as it came.
func classify(code string) (message.Failure, bool) {
	means, listed := codes.Classify(spelled(code))
	return means.Coded(code), listed
}
