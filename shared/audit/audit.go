// Package audit keeps notes of what people do by hand, with ops or in the console: what they are about to change or to be shown, when, who they are,
// and what came of it. Without its note nothing may be changed.
package audit

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// Book has the notes. It is safe for concurrent use.
type Book struct {
	store *store.Store
	clock clock.Clock
}

// New returns a Book; it makes no call.
func New(db *store.Store, c clock.Clock) *Book { return &Book{store: db, clock: c} }

// maxNotes is how many notes are listed at once.
const maxNotes = 200

// Latest lists what was done by hand before a moment, the newest first, at most limit; the zero time stands for now. The caller must be of the
// platform: it tells of all accounts.
func (b *Book) Latest(ctx context.Context, c access.Caller, before time.Time, limit int) ([]store.Operation, error) {
	if err := c.May(access.Operate, ""); err != nil {
		return nil, err
	}

	return b.store.LatestOperations(ctx, before, min(limit, maxNotes))
}

// Note is that of one thing that a person does. It is written when [Note.Begin] is called. It is not safe for concurrent use.
type Note struct {
	book *Book
	kept store.Operation
}

// Note returns a note that is not written yet: of what is done, a word such as "dead-letter-replay", and by whom, as [By] and ops name people.
func (b *Book) Note(verb, by string) *Note {
	return &Note{book: b, kept: store.Operation{Verb: verb, By: by}}
}

// Begin writes that something is about to be changed, or shown, by its ids. It is called when everything is checked, and before the first write. A
// note that has begun stays as it is. If it fails, nothing may be changed.
func (n *Note) Begin(ctx context.Context, subject string) error {
	if n.kept.ID != "" {
		return nil
	}

	n.kept.Subject, n.kept.BegunAt = subject, n.book.clock.Now()

	id, err := n.book.store.BeginOperation(ctx, n.kept)
	if err != nil {
		return fmt.Errorf("nothing is changed, since it cannot be noted: %w", err)
	}

	n.kept.ID = id

	return nil
}

// Result says what came of it, in a sentence that names ids only. A later one replaces it.
func (n *Note) Result(sentence string) { n.kept.Result = sentence }

// End writes what came of it, also when ctx has ended. cause is why it failed; nil if it did not. Of what has not begun nothing is written.
func (n *Note) End(ctx context.Context, cause error) error {
	if n.kept.ID == "" {
		return nil
	}

	n.kept.DoneAt = n.book.clock.Now()
	if cause != nil {
		before := n.kept.Result
		n.kept.Result = "failed: " + fault.KindOf(cause).String()

		if before != "" {
			n.kept.Result += "; before that: " + before
		}
	}

	if err := n.book.store.EndOperation(context.WithoutCancel(ctx), n.kept); err != nil {
		return fmt.Errorf("what came of it cannot be noted: %w", err)
	}

	return nil
}

// The length of a reason, in characters.
const (
	shortestReason = 10
	longestReason  = 300
)

// Reason returns, as one line, why somebody is to be shown something; an error unless it says something, and holds no telephone number itself: it is kept
// for good.
func Reason(text string) (string, error) {
	text = strings.Join(strings.Fields(text), " ")

	switch length := utf8.RuneCountInString(text); {
	case length < shortestReason || length > longestReason || !utf8.ValidString(text):
		return "", fault.Field("reason", "must say in 10 to 300 characters why you need to see it")
	case phone.Within(strings.ReplaceAll(text, " ", "")):
		return "", fault.Field("reason", "must not hold a telephone number")
	default:
		return text, nil
	}
}

// maxName is more characters than the name of a person has who came by a portal's link: the portal's, and the one that the portal has for the person.
const maxName = 200

// By returns how a caller is noted that came through a door of the console, such as "staff/asha@example.com", or "brand/service:107/u-1" of a person
// whom a portal has let in. It is one word, so that it can be no second line of a list: what else an id may have is percent-encoded. A caller whose
// e-mail and subject are no words, or hold a telephone number, is "staff/unknown".
func By(door string, c access.Caller) string {
	for _, name := range []string{c.Email, c.Subject} {
		if isWord(name) && !phone.Within(name) {
			portal, person, ofPortal := strings.Cut(name, "/")
			name = url.PathEscape(portal)

			if ofPortal {
				name += "/" + url.PathEscape(person)
			}

			return door + "/" + name
		}
	}

	return door + "/unknown"
}

// isWord reports whether a text is one word, and not too long.
func isWord(text string) bool {
	return text != "" && utf8.ValidString(text) && utf8.RuneCountInString(text) <= maxName && !strings.ContainsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) })
}
