package checks

import (
	"cmp"
	"fmt"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// The values are what a check saw, in a word or two.

func eventValue(f Facts) string { return either(f.Refusal != message.EventOff, "on", "off") }

func senderValue(f Facts) string { return cmp.Or(f.AppID, "none") }

func providerValue(f Facts) string { return cmp.Or(f.Provider, "unknown") }

func attemptValue(f Facts) string {
	return either(f.Refusal == message.NoAttempt, "the courier says no", "nothing says no")
}

func numberKnownValue(f Facts) string {
	return either(f.NoNumber == message.NoPhone && (f.Turn || f.Lacking || f.QuietUntil != 0), "to be looked up", "nothing to look up")
}

func contentValue(f Facts) string { return cmp.Or(string(f.Unsayable), "yes") }

func numberValue(f Facts) string {
	switch {
	case f.NoNumber == message.NoPhone && f.QuietUntil != 0:
		return "to be looked up"
	case f.NoNumber == message.NoPhone:
		return "none"
	case f.NoNumber == message.InvalidPhone:
		return "unreadable"
	default:
		return "yes"
	}
}

func consentValue(f Facts) string {
	return cmp.Or(f.Consent, "never met") + either(f.Marketing, "; marketing needs an agreement of its own", "")
}

func newsValue(f Facts) string {
	switch {
	case f.Overtaken == "":
		return "yes"
	case f.OvertakenAt == 0:
		return f.Overtaken
	default:
		return f.Overtaken + " at " + time.Unix(f.OvertakenAt, 0).UTC().Format(time.RFC3339)
	}
}

func ageValue(f Facts) string {
	age := "no time known"
	if f.Age != 0 {
		age = "age " + f.Age.Round(time.Second).String()
	}
	if f.Limit == 0 {
		return age + ", no limit"
	}

	return age + ", limit " + f.Limit.String()
}

func quietHoursValue(f Facts) string {
	if f.QuietUntil == 0 {
		return "yes"
	}

	return "quiet until " + f.quietUntil().Format(time.RFC3339)
}

func spendingValue(f Facts) string { return either(f.Overspent, "limit reached", "yes") }

func appValue(f Facts) string { return cmp.Or(string(f.App), "healthy") }

func templateValue(f Facts) string {
	switch f.Template {
	case "":
	case account.CategoryHeld:
		return "held for its category"
	default:
		return "held"
	}

	return cmp.Or(f.TemplateID, "chosen by the provider")
}

func placeValue(f Facts) string { return either(f.Turn, "none free", "yes") }

func answersValue(f Facts) string { return either(f.Vain, "no answer", "yes") }

func copyValue(f Facts) string { return either(f.Unread, "not for now", "yes") }

func orderValue(f Facts) string { return either(f.Lacking, "not for now", "yes") }

func triesValue(f Facts) string { return fmt.Sprintf("%d tries before", f.Tries) }

func toldValue(f Facts) string { return either(f.Told, "told before", "yes") }

func turnValue(f Facts) string { return either(f.InFlight, "another one is", "yes") }

func rateValue(f Facts) string { return either(f.NoToken, "not for now", "yes") }

func requestValue(f Facts) string { return cmp.Or(string(f.Unbuilt), "yes") }

func either(yes bool, one, other string) string {
	if yes {
		return one
	}

	return other
}
