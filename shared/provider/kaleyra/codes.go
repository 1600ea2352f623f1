package kaleyra

import (
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/provider/verdict"
)

// Codes of answers whose own code, "WA401" or "WA-401", has several meanings.
const (
	// CodeOtherVersion: the number was set up for version 1 of the API. No setting here mends that; Kaleyra moves numbers.
	CodeOtherVersion = "WA401_other_version"
	// CodeForeignNumber: the number is not in the account of the SID, or not approved.
	CodeForeignNumber = "WA401_foreign_number"
	// CodeNoAccess: the account may not use the API at all.
	CodeNoAccess = "WA401_no_access"
)

// codeRow is one error code of an answer or of a failed report.
type codeRow struct {
	// code is without hyphens.
	code string
	verdict.Verdict
	// source is the table the row was taken from, with its own words for the code.
	source string
}

// causeRow tells the meanings of one code apart: by the name under which the error stands, and a part of its text in
// lower case.
type causeRow struct {
	code, key, text string
	// name is our code for it.
	name string
	verdict.Verdict
	source string
}

const (
	sample     = "requirement 003: "
	sendPage   = "developers.kaleyra.io/docs/whatsapp-api-v2-error-codes-for-send-message: "
	manage     = "developers.kaleyra.io/docs/whatsapp-api-v2-error-codes-for-template: "
	oldPage    = "developers.kaleyra.io/docs/whatsapp-error-codes: "
	cloudPage  = "developers.kaleyra.io/docs/cloud-api-error-codes: "
	retryAfter = 5 * time.Minute
	// dailyWait is ours: Kaleyra says neither when the day ends nor where. Four attempts a day find the new one.
	dailyWait = 6 * time.Hour
)

// accepted are the codes of success: requirement 003 has the second, the page of error codes the first.
var accepted = []string{"WA200", "WA202"}

// codeTables are searched in order.
var codeTables = [][]codeRow{kaleyraCodes, metaCodes}

var kaleyraCodes = []codeRow{
	{"RBC001", verdict.Credentials, sample + "incorrect SID or API key"},
	{"WA401", verdict.Credentials, sample + "number not in the account, API not available, or number of another version"},
	{"WA400", verdict.BadRequest, sample + "incorrect payload format"},
	{"E110", verdict.Balance, sample + "low balance"},
	{"WAV2101", verdict.Throttled.After(dailyWait), sendPage + "daily limit of the account"},
	{"WA429", verdict.Throttled.After(retryAfter), manage + "too many requests; three attempts after 5, 10 and 15 minutes"},
	{"WA500", verdict.Transient.After(retryAfter), sendPage + "server error; three attempts after 5, 10 and 15 minutes"},
	{"E13001", verdict.BadRequest, oldPage + "validation, of version 1"},
}

// causeRows are for answers only, matched in order; the texts are those of requirement 003.
var causeRows = []causeRow{
	{"WA401", "phone_number", "different version", CodeOtherVersion, verdict.Credentials, sample + "401 unauthorized phone number version"},
	{"WA401", "phone_number", "does not belong", CodeForeignNumber, verdict.Credentials, sample + "401 unauthorized phone number"},
	{"WA401", "account", "not available", CodeNoAccess, verdict.Blocked, sample + "401 unauthorised account type"},
}

// metaCodes come in reports of numbers that are on version 2.
var metaCodes = []codeRow{
	{"0", verdict.Credentials, cloudPage + "authentication failed"},
	{"1", verdict.Transient, cloudPage + "unknown API error"},
	{"2", verdict.Transient, cloudPage + "API service down"},
	{"3", verdict.Credentials, cloudPage + "capability or permission missing"},
	{"4", verdict.Throttled, cloudPage + "too many calls"},
	{"10", verdict.Credentials, cloudPage + "permission not granted"},
	{"33", verdict.BadRequest, cloudPage + "parameter value not valid"},
	{"100", verdict.BadRequest, cloudPage + "invalid parameter"},
	{"190", verdict.Credentials, cloudPage + "access token expired"},
	{"368", verdict.Blocked, cloudPage + "temporarily blocked for policy violations"},
	{"80007", verdict.Throttled, cloudPage + "rate limit of the business account"},
	{"130429", verdict.Throttled, cloudPage + "throughput reached"},
	{"130472", verdict.Recipient, cloudPage + "shopper is part of an experiment"},
	{"130497", verdict.Blocked, cloudPage + "account may not write to that country"},
	{"131000", verdict.Transient, cloudPage + "something went wrong"},
	{"131005", verdict.Credentials, cloudPage + "access denied"},
	{"131008", verdict.BadRequest, cloudPage + "required parameter missing"},
	{"131009", verdict.BadRequest, cloudPage + "parameter value not valid"},
	{"131016", verdict.Transient, cloudPage + "service unavailable"},
	{"131021", verdict.Recipient, cloudPage + "recipient is the sender"},
	{"131026", verdict.Recipient, cloudPage + "message undeliverable"},
	{"131030", verdict.Recipient, cloudPage + "recipient is not in the list of a test number"},
	{"131031", verdict.Blocked, cloudPage + "account locked"},
	{"131037", verdict.Blocked, cloudPage + "display name not approved"},
	{"131042", verdict.Balance, cloudPage + "payment problem"},
	{"131045", verdict.Blocked, cloudPage + "number not registered"},
	{"131047", verdict.BadRequest, cloudPage + "more than 24 hours since the shopper's last message"},
	{"131048", verdict.Throttled, cloudPage + "spam rate limit of the number"},
	{"131049", verdict.Recipient, cloudPage + "kept back for the shopper's sake (marketing cap)"},
	{"131050", verdict.OptedOut, cloudPage + "shopper stopped marketing messages"},
	{"131051", verdict.BadRequest, cloudPage + "unsupported message type"},
	{"131052", verdict.BadRequest, cloudPage + "media download error"},
	{"131053", verdict.BadRequest, cloudPage + "media upload error"},
	{"131056", verdict.Throttled, cloudPage + "too many messages to this shopper"},
	{"131057", verdict.Throttled, cloudPage + "account in maintenance"},
	{"132000", verdict.Template, cloudPage + "number of parameters does not match"},
	{"132001", verdict.Template, cloudPage + "template missing or not approved in the language"},
	{"132005", verdict.Template, cloudPage + "filled text too long"},
	{"132007", verdict.Template, cloudPage + "content policy violated"},
	{"132012", verdict.Template, cloudPage + "parameter format does not match"},
	{"132015", verdict.TemplatePaused, cloudPage + "template paused"},
	{"132016", verdict.TemplatePaused, cloudPage + "template disabled for low quality"},
	{"132018", verdict.Template, cloudPage + "parameter of a template not valid"},
	{"132068", verdict.Template, cloudPage + "flow blocked"},
	{"132069", verdict.Template, cloudPage + "flow throttled"},
	{"133004", verdict.Transient, cloudPage + "server temporarily unavailable"},
	{"133010", verdict.Blocked, cloudPage + "number not registered"},
	{"135000", verdict.Transient, cloudPage + "generic user error"},
}

// permissionRow is for the codes 200 to 299.
var permissionRow = codeRow{"200 to 299", verdict.Credentials, cloudPage + "permission missing"}

// spelled is a code as the tables have it: Kaleyra writes "WA401" and "WA-401".
func spelled(code string) string {
	return strings.ToUpper(strings.ReplaceAll(strings.TrimSpace(code), "-", ""))
}

// classify finds what a code means; a code that is in no table is unlisted.
func classify(code string) (codeRow, bool) {
	code = spelled(code)
	for _, table := range codeTables {
		for _, row := range table {
			if row.code == code {
				return row, true
			}
		}
	}
	if len(code) == 3 && code[0] == '2' && strings.Trim(code, "0123456789") == "" {
		return permissionRow, true
	}
	return codeRow{Verdict: verdict.Unlisted}, false
}
