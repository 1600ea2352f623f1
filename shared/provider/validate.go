package provider

import (
	"fmt"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
)

// HeartbeatPath is the path of webhook's public address that takes sweep's heartbeats.
const HeartbeatPath = "/heartbeat"

// Attributes of messages on the topic provider-events: the kind of event, and whose it is. Those of a [KindRaw] also have
// queue.AttributeReceived.
const (
	AttributeKind     = "kind"
	AttributeProvider = "provider"
	AttributeApp      = "app"
	AttributeAccount  = "account"
)

// KindRaw marks a callback's body of which webhook's parser reads nothing, with the parts that it does read taken out. It is
// no kind of an [Event]: the message's data is the provider's.
const KindRaw Kind = "raw"

// Origin says whose an event is.
type Origin struct {
	// Provider, AppID and AccountID are names of ours. AccountID is empty for the platform's own app; all three are empty for
	// a heartbeat.
	Provider, AppID, AccountID string
}

// Attributes returns the attributes of a message on provider-events.
func (o Origin) Attributes(kind Kind) map[string]string {
	return map[string]string{
		AttributeKind:     string(kind),
		AttributeProvider: o.Provider,
		AttributeApp:      o.AppID,
		AttributeAccount:  o.AccountID,
	}
}

// OriginOf reads the attributes of a message on provider-events. It refuses those that cannot be ours: they are names that
// go to logs and into the names of documents.
func OriginOf(attributes map[string]string) (Origin, error) {
	for _, name := range []string{AttributeProvider, AttributeApp, AttributeAccount} {
		if v := attributes[name]; len(v) > maxWord || strings.ContainsFunc(v, notInWord) {
			return Origin{}, fault.Field("message.attributes."+name, "is not a name of ours")
		}
	}

	return Origin{
		Provider:  attributes[AttributeProvider],
		AppID:     attributes[AttributeApp],
		AccountID: attributes[AttributeAccount],
	}, nil
}

func notInWord(c rune) bool {
	return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '_' && c != '.' && c != ':'
}

// What goes beyond these limits could not be stored, however often it is delivered: it must be refused, as what cannot be
// read, and not fail as a call of ours would.
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

// Validate refuses an event of no kind, of no app, or with values that no provider sends. size is the length of the event's
// JSON in bytes. Receive asks it before an event is dealt with.
func (e Event) Validate(o Origin, size int) error {
	switch e.Kind {
	case KindIgnored, KindUnknown, KindHeartbeat, KindUser, KindConversation:
	case KindStatus, KindBilling, KindReply, KindTemplate, KindAccount, KindPreference, KindCall, KindIdentity, KindShape:
		if o.AppID == "" {
			return fault.Field("message.attributes."+AttributeApp, "is missing")
		}
	default:
		return fault.Field("message.data.kind", "is not a kind of event")
	}

	for name, at := range map[string]int64{"at": e.At, "receivedAt": e.ReceivedAt} {
		if at < 0 || at > lastMillis {
			return fault.Field("message.data."+name, "is not a time")
		}
	}

	return e.validateContent(size)
}

// isDocument reports whether something can be the name of a document.
func isDocument(id string) bool { return id != "" && len(id) <= maxID && !strings.Contains(id, "/") }

// hasPart reports whether the part of an event that its kind calls for is there; an event of another kind needs none.
func (e Event) hasPart() bool {
	switch e.Kind {
	case KindStatus, KindBilling:
		return e.Status != nil
	case KindReply:
		return e.Reply != nil && e.Reply.ID != ""
	case KindTemplate:
		return e.Template != nil
	case KindAccount:
		return e.Account != nil
	case KindPreference:
		return e.Preference != nil
	case KindCall:
		return e.Call != nil
	case KindIdentity:
		return e.Identity != nil
	case KindConversation:
		return isDocument(e.Conversation)
	case KindShape:
		return e.Shape != nil && isDocument(e.Shape.Fingerprint) && e.Shape.Count > 0
	default:
		return true
	}
}

func (e Event) validateContent(size int) error {
	limit := maxFacts
	switch {
	case e.Kind == KindIgnored, e.Kind == KindUnknown, e.Kind == KindUser, e.Kind == KindHeartbeat:
		return nil // nothing of it is stored
	case !e.hasPart():
		return fault.Field("message.data."+string(e.Kind), "is missing")
	case e.Status != nil:
		if err := validateIDs("status.ids", e.Status.IDs); err != nil {
			return err
		}
	case e.Identity != nil:
		if err := validateIDs("identity.id", []string{e.Identity.ID}); err != nil {
			return err
		}
	case e.Reply != nil:
		if err := validateIDs("reply.id", []string{e.Reply.ID}); err != nil {
			return err
		}
		if err := validateIDs("reply.contextIds", e.Reply.ContextIDs); err != nil {
			return err
		}

		limit = maxReply
	}

	if size > limit {
		return tooLong(string(e.Kind))
	}

	return nil
}

func validateIDs(name string, ids []string) error {
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
