package scenario

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/page"
)

// shopper is who has a phone, by the first name on an order; without one it is the phone, with the end of its number.
func (a *Actor) shopper(number string) string {
	orders := a.Simulator.Platform().Orders()

	ids := make([]string, 0, len(orders))
	for id := range orders {
		ids = append(ids, id)
	}

	slices.Sort(ids)

	for _, id := range ids {
		o, err := a.platformOrder(id)
		if err == nil && digitsOf(o.Address.Phone) == digitsOf(number) && o.firstName() != "" {
			return o.firstName()
		}
	}

	return "the phone " + masked(digitsOf(number))
}

// firstName is what the order's shopper is called; empty if nobody is named.
func (o platformOrder) firstName() string {
	first, _, _ := strings.Cut(strings.TrimSpace(o.Address.Name), " ")

	return first
}

// phoneOf is a phone by who has it, as in "Dev's phone", or by the end of its number.
func (a *Actor) phoneOf(number string) string {
	who := a.shopper(number)
	if strings.HasPrefix(who, "the phone ") {
		return who
	}

	return who + "'s phone"
}

// sendings are what a shopper does who sends something of a kind.
var sendings = map[string]string{
	"image":    "sends a photo",
	"document": "sends a document",
	"video":    "sends a video",
	"audio":    "sends a voice message",
	"sticker":  "sends a sticker",
	"location": "sends a place",
	"contact":  "sends a contact",
	"order":    "sends a cart",
	"edit":     "changes what was written before",
	"revoke":   "takes back what was written before",
}

// answerWords says who answers, and how. What is written stands in it only if it is the label of a button.
func (a *Actor) answerWords(s Step) string {
	does := cmp.Or(sendings[s.Reply.Kind], "writes")
	if s.Reply.Button != "" {
		does = "taps “" + s.Reply.Button + "”"
	}

	return a.shopper(s.Phone) + " " + does
}

// settingWords says what is set of a phone that was set otherwise.
func (a *Actor) settingWords(number string, before, now Settings) string {
	var all []string

	for _, one := range []struct {
		was, is bool
		on, off string
	}{
		{before.Off, now.Off, "is switched off", "is switched on"},
		{before.NoReadReceipts, now.NoReadReceipts, "tells no more what was read", "tells what was read"},
		{before.HideNumber, now.HideNumber, "hides its number", "shows its number"},
		{before.Agent, now.Agent, "is answered by an agent", "is answered by no agent any more"},
	} {
		switch {
		case one.is && !one.was:
			all = append(all, one.on)
		case one.was && !one.is:
			all = append(all, one.off)
		}
	}

	if all == nil {
		all = []string{"stays as it is set"}
	}

	return a.phoneOf(number) + " " + strings.Join(all, ", and ")
}

// passes says in words that a time passes, to the second.
func passes(d time.Duration) string {
	parts := page.Units(d)

	switch {
	case len(parts) == 0:
		return "no second passes"
	case len(parts) == 1 && strings.HasPrefix(parts[0], "1 "):
		return parts[0] + " passes"
	default:
		return strings.Join(parts, " and ") + " pass"
	}
}
