package cloudapi

import (
	"cmp"
	"encoding/json"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/lenient"
)

// sendable are the status events after which a template can be sent again, as by its approval.
var sendable = map[string]bool{"APPROVED": true, "REINSTATED": true, "UNARCHIVED": true}

// harmless are the status events that leave a template as sendable as it was: it is at risk, or cannot be edited.
var harmless = map[string]bool{"FLAGGED": true, "LOCKED": true}

// templateFields are the fields about templates.
var templateFields = map[text]bool{
	"message_template_status_update":     true,
	"message_template_quality_update":    true,
	"message_template_components_update": true,
	"template_category_update":           true,
}

// templateEvent reads the fields about templates; nil for what cannot be read.
func templateEvent(at int64, field text, raw json.RawMessage) *provider.Event {
	var v struct {
		ID        text `json:"message_template_id"`
		Name      text `json:"message_template_name"`
		Language  text `json:"message_template_language"`
		Event     text `json:"event"`
		Reason    text `json:"reason"`
		Quality   text `json:"new_quality_score"`
		Previous  text `json:"previous_category"`
		Category  text `json:"new_category"`
		Correct   text `json:"correct_category"`
		Rejection struct {
			Reason text `json:"reason"`
		} `json:"rejection_info"`
		Other struct {
			Title       text `json:"title"`
			Description text `json:"description"`
		} `json:"other_info"`
		Disabled struct {
			Date text `json:"disable_date"`
		} `json:"disable_info"`
	}
	if lenient.Decode(raw, &v) != nil || v.ID == "" {
		return nil
	}

	t := provider.TemplateEvent{
		// Both spellings of a language are sent; templates are listed and sent by the one with an underscore.
		ID: string(v.ID), Name: string(v.Name), Language: strings.ReplaceAll(string(v.Language), "-", "_"),
	}

	word := v.Event.Upper()
	switch {
	case field == "message_template_components_update":
		t.Change = "components"
	case field == "message_template_quality_update" && v.Quality != "":
		t.Change, t.Value = "quality", v.Quality.Upper()
	case field == "template_category_update" && v.Correct != "" && v.Previous == "":
		t.Change, t.Value = "category_alert", v.Correct.Upper()
	case field == "template_category_update" && v.Category != "":
		t.Change, t.Value = "category", v.Category.Upper()
	case field != "message_template_status_update" || word == "":
		return nil
	case harmless[word]:
		t.Change, t.Value = "quality", word
	case sendable[word]:
		t.Change, t.Status = "status", "APPROVED"
	default:
		t.Change, t.Status = "status", word
		reason := v.Reason
		if reason.Upper() == "NONE" {
			reason = ""
		}

		t.Reason = string(cmp.Or(v.Rejection.Reason, reason, v.Other.Description, v.Other.Title, v.Disabled.Date))
	}

	return &provider.Event{Kind: provider.KindTemplate, At: at, Template: &t}
}

// accountWords are the values that stop or allow sending; all others only inform. What is lifted has its opposite beside it:
// developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/account_update.
var accountWords = map[string]struct{ blocked, restored bool }{
	"ACCOUNT_DELETED":           {blocked: true},
	"DISABLED_UPDATE:DISABLE":   {blocked: true},
	"DISABLED_UPDATE:REINSTATE": {restored: true},
	// The brand took the app's permissions away, or gave it one.
	"PARTNER_APP_UNINSTALLED": {blocked: true},
	"PARTNER_APP_INSTALLED":   {restored: true},
	// The brand ended or began to share the account with the partner.
	"PARTNER_REMOVED": {blocked: true},
	"PARTNER_ADDED":   {restored: true},
	// The number moved to another phone. Sending fails until WhatsApp connects it again, within minutes as a rule:
	// …/embedded-signup/reconnect-offboarded-coexistence-clients.
	"ACCOUNT_OFFBOARDED":  {blocked: true},
	"ACCOUNT_RECONNECTED": {restored: true},
	// A restriction may also be of new numbers or of answers, which leave notifications alone.
	"ACCOUNT_RESTRICTION": {blocked: true},
	"ACCOUNT_RESTRICTION:RESTRICTED_BIZ_INITIATED_MESSAGING": {blocked: true},
}

// AccountEffect reports whether an event of the field account_update stops or allows sending; neither for one that only
// informs. Providers that hand the news on keep the word.
func AccountEffect(word string) (blocked, restored bool) {
	effect := accountWords[strings.ToUpper(word)]

	return effect.blocked, effect.restored
}

// QualityOf returns the word of news about a number as what it says of its quality; empty if it says nothing of that. Of the words of
// phone_number_quality_update two do, and providers that hand the news on keep them.
func QualityOf(word string) string {
	switch word = strings.ToUpper(word); word {
	case "FLAGGED", "UNFLAGGED":
		return word
	default:
		return ""
	}
}

// news is where a field about the account may name what has happened: it differs by the field.
type news struct {
	Event       text `json:"event"`
	Decision    text `json:"decision"`
	Alert       text `json:"alert_type"`
	PerBusiness text `json:"max_daily_conversations_per_business"`
	PerPhone    text `json:"max_daily_conversation_per_phone"`
	Limit       text `json:"current_limit"`
	Violation   struct {
		Type text `json:"violation_type"`
	} `json:"violation_info"`
	Ban struct {
		State text `json:"waba_ban_state"`
	} `json:"ban_info"`
	Restrictions []struct {
		Type text `json:"restriction_type"`
	} `json:"restriction_info"`
	Tier struct {
		Tier text `json:"tier"`
	} `json:"volume_tier_info"`
}

// accountFields are the fields that are about the account or the number, and not about messages or templates.
var accountFields = map[text]bool{
	"account_update":              true,
	"account_alerts":              true,
	"account_review_update":       true,
	"security":                    true,
	"phone_number_quality_update": true,
	"phone_number_name_update":    true,
	"business_capability_update":  true,
}

// accountEvent reads the fields about the account; nil for what cannot be read. Change is the field's name, Value what
// happened, and a detail of it after a colon. Of several restrictions the one that stops us is told.
func accountEvent(at int64, field text, raw json.RawMessage) *provider.Event {
	var v news
	if lenient.Decode(raw, &v) != nil {
		return nil
	}

	details := []text{cmp.Or(v.Violation.Type, v.Ban.State, v.Tier.Tier)}
	for _, r := range v.Restrictions {
		details = append(details, r.Type)
	}

	what := string(cmp.Or(v.Event, v.Decision, v.Alert, v.PerBusiness, v.PerPhone))

	a := provider.AccountEvent{Change: string(field), Value: what}
	for _, detail := range details {
		if detail == "" {
			continue
		}
		if word := what + ":" + string(detail); a.Value == what || accountWords[word].blocked {
			a.Value = word
		}
	}
	if field == "phone_number_quality_update" || field == "business_capability_update" {
		a.Quality, a.Limit = QualityOf(what), cmp.Or(v.PerBusiness, v.PerPhone, v.Limit).Upper()
	}
	if field == "account_update" {
		a.Blocked, a.Restored = AccountEffect(a.Value)
	}

	return &provider.Event{Kind: provider.KindAccount, At: at, Account: &a}
}
