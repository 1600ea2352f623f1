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
	// wait is how long the documents ask to wait before a new attempt.
	wait time.Duration
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
	{"RBC001", verdict.Credentials, 0, sample + "incorrect SID or API key"},
	{"WA401", verdict.Credentials, 0, sample + "number not in the account, API not available, or number of another version"},
	{"WA400", verdict.BadRequest, 0, sample + "incorrect payload format"},
	{"E110", verdict.Balance, 0, sample + "low balance"},
	{"WAV2101", verdict.Throttled, dailyWait, sendPage + "daily limit of the account"},
	{"WA429", verdict.Throttled, retryAfter, manage + "too many requests; three attempts after 5, 10 and 15 minutes"},
	{"WA500", verdict.Transient, retryAfter, sendPage + "server error; three attempts after 5, 10 and 15 minutes"},
	{"E13001", verdict.BadRequest, 0, oldPage + "validation, of version 1"},
}

// causeRows are for answers only, matched in order; the texts are those of requirement 003.
var causeRows = []causeRow{
	{"WA401", "phone_number", "different version", CodeOtherVersion, verdict.Credentials, sample + "401 unauthorized phone number version"},
	{"WA401", "phone_number", "does not belong", CodeForeignNumber, verdict.Credentials, sample + "401 unauthorized phone number"},
	{"WA401", "account", "not available", CodeNoAccess, verdict.Blocked, sample + "401 unauthorised account type"},
}

// metaCodes come in reports of numbers that are on version 2.
var metaCodes = []codeRow{
	{"0", verdict.Credentials, 0, cloudPage + "authentication failed"},
	{"1", verdict.Transient, 0, cloudPage + "unknown API error"},
	{"2", verdict.Transient, 0, cloudPage + "API service down"},
	{"3", verdict.Credentials, 0, cloudPage + "capability or permission missing"},
	{"4", verdict.Throttled, 0, cloudPage + "too many calls"},
	{"10", verdict.Credentials, 0, cloudPage + "permission not granted"},
	{"33", verdict.BadRequest, 0, cloudPage + "parameter value not valid"},
	{"100", verdict.BadRequest, 0, cloudPage + "invalid parameter"},
	{"190", verdict.Credentials, 0, cloudPage + "access token expired"},
	{"368", verdict.Blocked, 0, cloudPage + "temporarily blocked for policy violations"},
	{"80007", verdict.Throttled, 0, cloudPage + "rate limit of the business account"},
	{"130429", verdict.Throttled, 0, cloudPage + "throughput reached"},
	{"130472", verdict.Recipient, 0, cloudPage + "shopper is part of an experiment"},
	{"130497", verdict.Blocked, 0, cloudPage + "account may not write to that country"},
	{"131000", verdict.Transient, 0, cloudPage + "something went wrong"},
	{"131005", verdict.Credentials, 0, cloudPage + "access denied"},
	{"131008", verdict.BadRequest, 0, cloudPage + "required parameter missing"},
	{"131009", verdict.BadRequest, 0, cloudPage + "parameter value not valid"},
	{"131016", verdict.Transient, 0, cloudPage + "service unavailable"},
	{"131021", verdict.Recipient, 0, cloudPage + "recipient is the sender"},
	{"131026", verdict.Recipient, 0, cloudPage + "message undeliverable"},
	{"131030", verdict.Recipient, 0, cloudPage + "recipient is not in the list of a test number"},
	{"131031", verdict.Blocked, 0, cloudPage + "account locked"},
	{"131037", verdict.Blocked, 0, cloudPage + "display name not approved"},
	{"131042", verdict.Balance, 0, cloudPage + "payment problem"},
	{"131045", verdict.Blocked, 0, cloudPage + "number not registered"},
	{"131047", verdict.BadRequest, 0, cloudPage + "more than 24 hours since the shopper's last message"},
	{"131048", verdict.Throttled, 0, cloudPage + "spam rate limit of the number"},
	{"131049", verdict.Recipient, 0, cloudPage + "kept back for the shopper's sake (marketing cap)"},
	{"131050", verdict.OptedOut, 0, cloudPage + "shopper stopped marketing messages"},
	{"131051", verdict.BadRequest, 0, cloudPage + "unsupported message type"},
	{"131052", verdict.BadRequest, 0, cloudPage + "media download error"},
	{"131053", verdict.BadRequest, 0, cloudPage + "media upload error"},
	{"131056", verdict.Throttled, 0, cloudPage + "too many messages to this shopper"},
	{"131057", verdict.Throttled, 0, cloudPage + "account in maintenance"},
	{"132000", verdict.Template, 0, cloudPage + "number of parameters does not match"},
	{"132001", verdict.Template, 0, cloudPage + "template missing or not approved in the language"},
	{"132005", verdict.Template, 0, cloudPage + "filled text too long"},
	{"132007", verdict.Template, 0, cloudPage + "content policy violated"},
	{"132012", verdict.Template, 0, cloudPage + "parameter format does not match"},
	{"132015", verdict.TemplatePaused, 0, cloudPage + "template paused"},
	{"132016", verdict.TemplatePaused, 0, cloudPage + "template disabled for low quality"},
	{"132018", verdict.Template, 0, cloudPage + "parameter of a template not valid"},
	{"132068", verdict.Template, 0, cloudPage + "flow blocked"},
	{"132069", verdict.Template, 0, cloudPage + "flow throttled"},
	{"133004", verdict.Transient, 0, cloudPage + "server temporarily unavailable"},
	{"133010", verdict.Blocked, 0, cloudPage + "number not registered"},
	{"135000", verdict.Transient, 0, cloudPage + "generic user error"},
}

// permissionRow is for the codes 200 to 299.
var permissionRow = codeRow{"200 to 299", verdict.Credentials, 0, cloudPage + "permission missing"}

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
