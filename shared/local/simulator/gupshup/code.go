package gupshup

import "slices"

// The failure codes that the simulator comes up with by itself (shared/provider/gupshup/CONTRACT.md section 7).
const (
	codeNotOnWhatsApp = 1002
	codeLowBalance    = 1003
	codeNoMatch       = 4003
	codePaused        = 4005
	codeLocked        = 131031
	codeWindow        = 131047
	codeTooLong       = 132005
	codeParamFormat   = 132018
)

// reasons are the texts beside the codes, on which nobody may rely (shared/provider/gupshup/CONTRACT.md section 6.3).
var reasons = map[int]string{
	470:               "Message failed to send because more than 24 hours have passed since the customer last replied",
	1002:              "Number Does Not Exists On WhatsApp",
	1003:              "Unable To Send Message | Check your wallet balance",
	4001:              "API Rate Limited",
	4003:              "Template Did not match",
	4005:              "Template is paused",
	131026:            "Message undeliverable",
	131031:            "Business Account locked",
	codeWindow:        "Re-engagement message",
	131049:            "This message was not delivered to maintain healthy ecosystem engagement",
	132005:            "Translated text too long",
	codeParamFormat:   "Parameter format mismatch",
	130429:            "Rate limit hit",
	132015:            "Template is paused",
	131056:            "Pair rate limit hit",
	codeInternalError: "Internal Server Error",
}

const codeInternalError = 500

// ownCodes are Gupshup's own (shared/provider/gupshup/CONTRACT.md section 7.1): such a failure is reported under Gupshup's id, before
// any enqueued. All others come from WhatsApp afterwards.
var ownCodes = []int{
	500, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 4001, 4002, 4003, 4004, 4005,
}

func isOwnCode(code int) bool { return slices.Contains(ownCodes, code) }

func reasonOf(code int) string {
	if r := reasons[code]; r != "" {
		return r
	}
	return "Message failed"
}
