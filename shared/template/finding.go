package template

import (
	"fmt"

	"github.com/eshopbox/whatsapp-notifications/shared/template/risk"
)

// Finding is something about a template and its filling that a brand's operator should know.
type Finding struct {
	// Component is the part that it is about.
	Component Component
	// Index is that of the button, or of the placeholder within its part, from 0; -1 if the finding is about the whole part.
	Index int
	Rule  Rule
	// Message says what is wrong, Remedy what to do; both are sentences for the operator.
	Message, Remedy string
	Severity        Severity
	// Risk is what WhatsApp may do to the template, of a finding that is about that; Words are the words at fault as they stand in the template, and
	// Source is the public rule.
	Risk   risk.Outcome
	Words  []string
	Source risk.Source
	// Outcome is what WhatsApp did decide on this template, and on others of the app with the same words; empty where that is not known.
	// Contradicted says that its decision on this template was not the one that our rules expect.
	Outcome      string
	Contradicted bool
}

// Severity says what a finding is worth.
type Severity string

// The severities.
const (
	// SeverityError refuses the settings: such a message would not be sent, or not say what it should.
	SeverityError Severity = "error"
	// severityWarning lets them be saved.
	severityWarning Severity = "warning"
)

// Rule names what a finding is about.
type Rule string

// The rules about a template by itself.
const (
	// ruleMissing: the provider has no template of that id.
	ruleMissing Rule = "template_unknown"
	// ruleWithdrawn: an app of the platform's has no template any more for an event that accounts have on.
	ruleWithdrawn Rule = "template_withdrawn"
	// ruleStatus: the template is not approved.
	ruleStatus Rule = "status"
	// ruleLanguage: the template names no language.
	ruleLanguage Rule = "language"
	// ruleCategory: the template is marketing, the event is not.
	ruleCategory Rule = "category"
	// ruleHeaderKind and ruleButtonKind: it has a part that a notification cannot fill.
	ruleHeaderKind Rule = "header_kind"
	ruleButtonKind Rule = "button_kind"
	// ruleUnforeseen: WhatsApp refused it or made it marketing, and no rule of package risk says why.
	ruleUnforeseen Rule = "unforeseen"
)

// The rules about placeholders and what goes into them.
const (
	// ruleCount: there are more or fewer values than placeholders.
	ruleCount Rule = "count"
	// ruleUnmapped: a placeholder has neither a variable nor a text.
	ruleUnmapped Rule = "unmapped"
	// ruleName: the placeholder is called otherwise than when it was mapped.
	ruleName Rule = "name"
	// ruleVariableUnknown: there is no such variable.
	ruleVariableUnknown Rule = "variable_unknown"
	// ruleVariableEvent: events of this kind never have a value for the variable.
	ruleVariableEvent Rule = "variable_event"
	// ruleTooLong: a part is longer than WhatsApp takes, with the sample values in place.
	ruleTooLong Rule = "too_long"
)

// The rules about a text of the brand's own.
const (
	// ruleTextEmpty: it shows nothing.
	ruleTextEmpty Rule = "text_empty"
	// ruleTextNewline, ruleTextTab and ruleTextBlanks: it has what WhatsApp refuses; of blanks that is more than four in a row.
	ruleTextNewline Rule = "text_newline"
	ruleTextTab     Rule = "text_tab"
	ruleTextBlanks  Rule = "text_blanks"
	// ruleTextLookAlike: it has a character that only looks like a blank.
	ruleTextLookAlike Rule = "text_look_alike"
	// ruleTextInvisible: it has a character that shows nothing at all.
	ruleTextInvisible Rule = "text_invisible"
	// ruleTextLink: it has a character that cannot stand in a link.
	ruleTextLink Rule = "text_link"
)

// The rules about what a template shows beside its text.
const (
	// ruleMediaMissing: the header's file is missing.
	ruleMediaMissing Rule = "media_missing"
	// ruleMediaLink: the file's address is none that WhatsApp can fetch.
	ruleMediaLink Rule = "media_link"
	// ruleLocation: the header's place is incomplete.
	ruleLocation Rule = "location"
	// ruleCodeMissing: the code to copy is missing.
	ruleCodeMissing Rule = "code_missing"
	// ruleActionMissing: nobody can tell what a tap on a button of a failed delivery asks for.
	ruleActionMissing Rule = "action_missing"
	// ruleActionUnknown: the platform does not take that action.
	ruleActionUnknown Rule = "action_unknown"
	// ruleUnsendable: the app's provider cannot send that part, or what fills it.
	ruleUnsendable Rule = "unsendable"
)

// The rules about what is set and would go nowhere.
const (
	// ruleMediaUnused: the header shows no file, or no place.
	ruleMediaUnused Rule = "media_unused"
	// ruleCodeUnused: no button copies a code.
	ruleCodeUnused Rule = "code_unused"
	// ruleActionUnused: no tap on a button of a failed delivery asks for the action.
	ruleActionUnused Rule = "action_unused"
	// rulePaymentUnused: no button shows the order for review and payment.
	rulePaymentUnused Rule = "payment_unused"
	// rulePaymentMissing: a button shows the order for review and payment, and nothing is set for that.
	rulePaymentMissing Rule = "payment_missing"
)

// Missing returns the finding about a template that the provider does not have.
func Missing() Finding {
	return Finding{
		Component: componentTemplate,
		Index:     whole,
		Rule:      ruleMissing,
		Message:   "The app has no template of this id.",
		Remedy:    "Choose one from the list of templates; a new one can take a few minutes to be there.",
		Severity:  SeverityError,
	}
}

// Withdrawn returns the warning about an event that so many accounts have on at an app of the platform's, which has no template for it any more.
func Withdrawn(accounts int) Finding {
	have := fmt.Sprintf("%d accounts have", accounts)
	if accounts == 1 {
		have = "1 account has"
	}

	return Finding{
		Component: componentTemplate,
		Index:     whole,
		Rule:      ruleWithdrawn,
		Message:   "The app has no template for this event any more, and " + have + " it on: it is not told there until the app has one again.",
		Remedy:    "Give the app a template for the event again, or tell these brands.",
		Severity:  severityWarning,
	}
}
