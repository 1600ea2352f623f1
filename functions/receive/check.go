package receive

import (
	"fmt"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/dispatch"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
)

// What goes beyond these could not be stored, however often it is delivered: it must be refused here, as what cannot be
// read, and not fail as a part of ours would.
const (
	// maxWord bounds names of providers, apps and accounts.
	maxWord = 128
	// maxID bounds a provider's id; WhatsApp's have about 60 characters. Firestore's indexes take up to 1,500 bytes.
	maxID = 512
	// maxIDs bounds the ids of one message; a query takes up to 30.
	maxIDs = 10
	// maxFacts bounds an event without a shopper's words, maxReply one with: a document has at most 1 MiB.
	maxFacts, maxReply = 64 << 10, 900 << 10
	// lastMillis is the end of the year 9999, and of Firestore's times.
	lastMillis = 253_402_300_799_999
)

// checkAttributes refuses a message whose attributes cannot be ours: they are names of our own, which go to logs and into
// the names of documents.
func checkAttributes(attributes map[string]string) error {
	for _, name := range []string{dispatch.AttributeProvider, dispatch.AttributeApp, dispatch.AttributeAccount} {
		if v := attributes[name]; len(v) > maxWord || strings.ContainsFunc(v, notInWord) {
			return fault.Field("message.attributes."+name, "is not a name of ours")
		}
	}
	return nil
}

func notInWord(c rune) bool {
	return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '_' && c != '.' && c != ':'
}

// checkEvent refuses an event of no kind, of no app, or with values that no provider sends.
func checkEvent(c dispatch.Callback, size int) error {
	e := c.Event
	switch e.Kind {
	case provider.KindUnknown, provider.KindHeartbeat, provider.KindUser:
	case provider.KindStatus, provider.KindBilling, provider.KindReply, provider.KindTemplate, provider.KindAccount, provider.KindPreference:
		if c.AppID == "" {
			return fault.Field("message.attributes."+dispatch.AttributeApp, "is missing")
		}
	default:
		return fault.Field("message.data.kind", "is not a kind of event")
	}
	for name, at := range map[string]int64{"at": e.At, "receivedAt": e.ReceivedAt} {
		if at < 0 || at > lastMillis {
			return fault.Field("message.data."+name, "is not a time")
		}
	}
	return checkContent(e, size)
}

func checkContent(e provider.Event, size int) error {
	limit := maxFacts
	switch {
	case e.Kind == provider.KindUnknown, e.Kind == provider.KindUser, e.Kind == provider.KindHeartbeat:
		return nil // nothing of it is stored
	case e.Status != nil:
		if err := checkIDs("status.ids", e.Status.IDs); err != nil {
			return err
		}
	case e.Reply != nil:
		if err := checkIDs("reply.id", []string{e.Reply.ID}); err != nil {
			return err
		}
		if err := checkIDs("reply.contextIds", e.Reply.ContextIDs); err != nil {
			return err
		}
		limit = maxReply
	}
	if size > limit {
		return tooLong(string(e.Kind))
	}
	return nil
}

func checkIDs(name string, ids []string) error {
	if len(ids) > maxIDs {
		return fault.Field("message.data."+name, fmt.Sprintf("has more than %d ids", maxIDs))
	}
	for _, id := range ids {
		if len(id) > maxID {
			return tooLong(name)
		}
	}
	return nil
}

func tooLong(name string) error { return fault.Field("message.data."+name, "is too long") }
