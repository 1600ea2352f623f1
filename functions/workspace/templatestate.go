package workspace

import (
	"cmp"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// templateStateBody is how an event's template differs from the one that it was mapped to, and why it is held.
type templateStateBody struct {
	// State is "template_held" or "category_held".
	State       string `json:"state,omitempty"`
	StateReason string `json:"stateReason,omitempty"`
	StateSince  string `json:"stateSince,omitempty"`
	// Difference is absent if the template says what it did.
	Difference []differenceBody `json:"difference,omitempty"`
	// Announced is absent if no other category is announced.
	Announced *announcedBody `json:"announced,omitempty"`
}

// differenceBody is a part of a template that says something else by now.
type differenceBody struct {
	Part template.Component `json:"part"`
	// Button is the index of the button; absent of another part.
	Button *int   `json:"button,omitempty"`
	Before string `json:"before"`
	After  string `json:"after"`
}

// announcedBody is a category that WhatsApp has said it will move a template to.
type announcedBody struct {
	Category string `json:"category"`
	At       string `json:"at"`
}

func templateStateOf(n settings.Notification) templateStateBody {
	var body templateStateBody

	if h := n.Health; !h.Healthy() {
		body.State, body.StateReason, body.StateSince = "template_held", cmp.Or(h.Detail, "The provider does not let the template be sent."), moment(h.Since)
		if h.Reason == account.CategoryHeld {
			body.State = "category_held"
		}
	}

	for _, d := range n.Differences {
		part := differenceBody{Part: d.Component, Before: d.Before, After: d.After}
		if d.Index >= 0 {
			part.Button = &d.Index
		}

		body.Difference = append(body.Difference, part)
	}

	if n.Announced != "" {
		body.Announced = &announcedBody{Category: strings.ToLower(n.Announced), At: moment(n.AnnouncedAt)}
	}

	return body
}
