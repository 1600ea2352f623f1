package proof

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/consent"
)

// receipt returns the receipt of a message in the body, and where it is. A sheet of evidence has one inside.
func (p Payload) receipt() (receipt json.RawMessage, field string) {
	if p.Kind == Evidence {
		return inside(p.Body, "receipt"), "body.receipt"
	}

	return p.Body, "body"
}

// checkBody holds what the body states of the message and of the consent's entry to the rest of the file.
func (p Payload) checkBody() error {
	receipt, field := p.receipt()

	if text(receipt, "messageId") != p.Subject {
		return broken("is not the message that the file is about", "%s.messageId", field)
	}

	stated := inside(receipt, "consent", "entry")
	if none := stated == nil || string(stated) == "null"; none && len(p.Entries) == 0 {
		return nil
	}

	for _, e := range p.Entries {
		if text(stated, "hash") == e.Hash && states(stated, consent.Entry(e)) {
			return nil
		}
	}

	return broken("is not as the file has it among the entries", "%s.consent.entry", field)
}

// states reports whether what a body states of an entry is what the entry says. A body has whole seconds of the times.
func states(stated json.RawMessage, e consent.Entry) bool {
	for name, want := range map[string]string{
		"action":        string(e.Action),
		"source":        string(e.Source),
		"purpose":       string(e.Purpose),
		"noticeVersion": e.NoticeVersion,
		"noticeHash":    e.NoticeHash,
	} {
		if text(stated, name) != want {
			return false
		}
	}

	for name, want := range map[string]time.Time{"occurredAt": e.OccurredAt, "recordedAt": e.RecordedAt} {
		at, err := time.Parse(time.RFC3339, text(stated, name))
		if err != nil || !at.Truncate(time.Second).Equal(want.Truncate(time.Second)) {
			return false
		}
	}

	return string(inside(stated, "sequence")) == strconv.FormatInt(e.Sequence, 10)
}

// sentAt returns when the message was first handed to the provider, as the body states; ok is false if it states none.
func (p Payload) sentAt() (at time.Time, ok bool) {
	receipt, _ := p.receipt()

	var attempts []json.RawMessage
	if json.Unmarshal(inside(receipt, "attempts"), &attempts) != nil {
		return time.Time{}, false
	}

	for _, try := range attempts {
		if claimed, err := time.Parse(time.RFC3339, text(try, "claimedAt")); err == nil && (!ok || claimed.Before(at)) {
			at, ok = claimed.UTC(), true
		}
	}

	return at, ok
}

// inside returns what an object has under a name, and in that under the next; nil if there is nothing. Names count in their exact letters,
// which those of a struct's fields do not.
func inside(object json.RawMessage, names ...string) json.RawMessage {
	for _, name := range names {
		var fields map[string]json.RawMessage
		if json.Unmarshal(object, &fields) != nil {
			return nil
		}

		object = fields[name]
	}

	return object
}

// text returns a text that an object has under a name; empty if there is none.
func text(object json.RawMessage, name string) string {
	var s string
	if json.Unmarshal(inside(object, name), &s) != nil {
		return ""
	}

	return s
}
