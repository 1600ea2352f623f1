package page

import (
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/businessonbot"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/kaleyra"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/meta"
)

// statusWords are what pages call the statuses of messages.
var statusWords = map[message.Status]string{
	message.StatusSending:   "Sending",
	message.StatusAccepted:  "Accepted",
	message.StatusEnqueued:  "Queued",
	message.StatusSent:      "Sent",
	message.StatusDelivered: "Delivered",
	message.StatusRead:      "Read",
	message.StatusFailed:    "Failed",
	message.StatusRefused:   "Not sent",
	message.StatusDropped:   "Dropped",
	message.StatusWaiting:   "Waiting",
	message.StatusHeld:      "Held",
	message.StatusInDoubt:   "In doubt",
	message.StatusGivenUp:   "Given up",
	"event_off":             "Event off",
}

// StatusWord is what pages call a status.
func StatusWord(s message.Status) string {
	if word, known := statusWords[s]; known {
		return word
	}

	return Spelled(string(s))
}

// StatusKind is the colour of a status: that of a badge or of a step.
func StatusKind(s message.Status) string {
	switch s {
	case message.StatusDelivered, message.StatusRead:
		return "ok"
	case message.StatusFailed, message.StatusGivenUp:
		return "bad"
	case message.StatusWaiting, message.StatusHeld, message.StatusInDoubt:
		return "warn"
	case message.StatusSending, message.StatusAccepted, message.StatusEnqueued, message.StatusSent:
		return "live"
	default:
		return "quiet"
	}
}

// EventLabel is what people call an event, such as "shipment/failed_delivery".
func EventLabel(kind string) string {
	if message.IsSessionEvent(kind) {
		return sessionLabel(kind)
	}

	k, ok := order.ParseKind(kind)
	if !ok {
		return kind
	}

	entry, known := order.Lookup(k)
	if !known {
		return kind
	}

	return entry.Label
}

// sessionLabel is what people call an answer to a shopper: by the event whose message began the conversation.
func sessionLabel(kind string) string {
	_, subType, _ := strings.Cut(kind, "/")

	entry, known := order.Lookup(order.Kind{Resource: order.Shipment, SubType: subType})
	if !known {
		return "Answer to the shopper"
	}

	return "Answer after: " + entry.Label
}

// providerLabels are what providers call themselves.
var providerLabels = map[string]string{
	gupshup.Name:       "Gupshup",
	meta.Name:          "Meta",
	kaleyra.Name:       "Kaleyra",
	businessonbot.Name: "BusinessOnBot",
}

// ProviderLabel is what a provider calls itself.
func ProviderLabel(name string) string {
	if label, known := providerLabels[name]; known {
		return label
	}

	return name
}

// Spelled writes a word of ours as people write it: "quiet_hours" as "quiet hours".
func Spelled(word string) string { return strings.ReplaceAll(word, "_", " ") }
