package console

import (
	"cmp"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/audit"
	"github.com/eshopbox/whatsapp-notifications/shared/deadletter"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/page"
)

const (
	// statusUnprocessable is the status of a form that was refused.
	statusUnprocessable = http.StatusUnprocessableEntity
	// maxLetters is how many dead letters of a topic an instance has in memory for one request.
	maxLetters = 2000
	// maxShown is how many letters of a group are shown one by one.
	maxShown = 50
)

// deadLetters lists the dead letters of all topics by groups.
func (h *handler) deadLetters(c *call) error {
	piles, err := h.DeadLetters.List(c.ctx(), c.caller, deadletter.All)
	if err != nil {
		return err
	}

	return c.show("deadletters", pageView{
		Title: "Dead letters",
		Tab:   operationsTab,
		Lead:  "What no parser read, and what failed too often, by the topic that it came from. Letters of the same form and cause are one group. Those that somebody else looks at seem not to be there, and show again within a minute.",
	}, struct {
		Piles []deadletter.Pile
		Max   int
	}{piles, deadletter.MaxGroups})
}

// shownElsewhere reports whether the page of letters shows an attribute in words of its own: when a letter came, from where and after how many deliveries,
// which Pub/Sub adds in its own way.
func shownElsewhere(a deadletter.Attribute) bool {
	return a.Name == "received" || a.Name == "source" || strings.HasPrefix(a.Name, "CloudPubSubDeadLetter")
}

// lettersView is what the page of a group, or of one letter, shows.
type lettersView struct {
	Topic, Which string
	Pile         deadletter.Pile
	// First is the letter that is shown: the oldest.
	First deadletter.Letter
	// One says that it is one letter, and no group.
	One    bool
	CanTry bool
	// Command is what tries the letters where that cannot be done here.
	Command string
	// Tried is what would come of them; nil before they were tried.
	Tried *triedView
	// Clear is the letter as it is; empty unless it was asked for, and Reason why it was.
	Clear, Reason string
	// Seen names the letters that are shown, or that were tried: only these are published or dropped.
	Seen string
	// Sure says that the person has said that they may be gone.
	Sure bool
	// Attributes are what else the oldest letter came with.
	Attributes []deadletter.Attribute
	// Max is how many are listed one by one.
	Max int
}

// triedView is what would come of letters if they were published now.
type triedView struct {
	Headline string
	Sums     []string
	Rows     []triedRow
	More     int
}

// triedRow is what would come of one.
type triedRow struct {
	ID, Kind, Sentence string
	Changes            []deadletter.Change
}

// subject names the letters that the path names.
func (c *call) subject() string { return c.r.PathValue("topic") + "/" + c.r.PathValue("which") }

// letters reads the letters that the path names.
func (h *handler) letters(c *call) (lettersView, error) {
	view := lettersView{Topic: c.r.PathValue("topic"), Which: c.r.PathValue("which"), CanTry: h.DeadLetters.CanTry(), Max: maxShown}

	piles, err := h.DeadLetters.List(c.ctx(), c.caller, c.subject())
	if err != nil {
		return view, err
	}

	view.Pile = piles[0]
	view.First, view.Seen = view.Pile.Letters[0], deadletter.Seen(view.Pile.Letters)
	view.One = view.First.ID == view.Which
	view.Attributes = slices.DeleteFunc(view.First.Shown(), shownElsewhere)
	view.Command = "go run ./functions/cmd/ops dead-letter-replay -n " + c.subject()

	return view, nil
}

// showLetters answers with the page of letters.
func (c *call) showLetters(status int, view lettersView, problem *page.Problem) error {
	title := "Group " + view.Which
	if view.One {
		title = "Dead letter " + view.Which
	}

	return c.showWith(status, "deadletter", pageView{Title: title, Tab: operationsTab, Problem: problem}, view)
}

// deadLetter shows a group of letters, or one, with values replaced by what they are.
func (h *handler) deadLetter(c *call) error {
	view, err := h.letters(c)
	if err != nil {
		return err
	}

	return c.showLetters(http.StatusOK, view, nil)
}

// tryDeadLetters says of each letter what would come of it if it were published now.
func (h *handler) tryDeadLetters(c *call) error {
	tried := &triedView{}

	sums, err := h.DeadLetters.Try(c.ctx(), c.caller, c.subject(), func(l deadletter.Letter, o deadletter.Outcome) {
		if len(tried.Rows) == maxShown {
			tried.More++
			return
		}

		_, sentence := o.Verdict()
		tried.Rows = append(tried.Rows, triedRow{ID: l.ID, Kind: kindOf(o), Sentence: forPeople(sentence), Changes: o.Changes()})
	})
	if err != nil && !errors.Is(err, deadletter.ErrNoTrier) {
		return err
	}

	view, unread := h.letters(c)
	if unread != nil {
		return unread
	}
	if err != nil {
		return c.showLetters(http.StatusConflict, view, problemOf(err))
	}

	tried.Headline, tried.Sums = headline(sums), counted(sums.Sums)
	view.Tried, view.Seen = tried, sums.Seen

	return c.showLetters(http.StatusOK, view, nil)
}

// kindOf is the kind of badge that an outcome gets.
func kindOf(o deadletter.Outcome) string {
	switch {
	case o.Err != nil:
		return "bad"
	case len(o.Sent) > 0:
		return "ok"
	default:
		return "warn"
	}
}

// headline says in a few words what would come of letters.
func headline(t deadletter.Tried) string {
	if t.Topic.Tried == "" {
		return "Would be published again; no function of ours takes them"
	}

	return "Would send " + page.Number(t.Sums["sent"]) + " of " + page.Plural(t.Found, "dead letter")
}

// counted lists sums in words.
func counted(sums map[string]int) []string {
	all := make([]string, 0, len(sums))
	for _, what := range slices.Sorted(maps.Keys(sums)) {
		all = append(all, page.Number(sums[what])+" "+strings.ReplaceAll(what, "_", " "))
	}

	return all
}

// seen names the letters that the form was shown with.
func (c *call) seen() string { return cmp.Or(c.sent.Get("seen"), "none") }

// publishDeadLetters publishes the letters that were looked at to where they came from.
func (h *handler) publishDeadLetters(c *call) error {
	if err := c.form(); err != nil {
		return err
	}

	err := c.noted("dead-letter-replay", func(note *audit.Note) error {
		_, err := h.DeadLetters.Replay(c.ctx(), c.caller, c.subject(), c.seen(), note)
		return err
	})
	if err == nil {
		return c.done("/operations/dead-letters", "letters-published")
	}

	return h.notDone(c, err)
}

// notDone answers whoever published or dropped letters that are not there any more, as the second of two clicks finds them, or that are not those that
// were looked at. Other errors are returned.
func (h *handler) notDone(c *call, cause error) error {
	switch {
	case errors.Is(cause, deadletter.ErrNone):
		return c.done("/operations/dead-letters", "letters-gone")
	case !errors.Is(cause, deadletter.ErrOthers):
		return cause
	}

	view, err := h.letters(c)
	if errors.Is(err, deadletter.ErrNone) {
		return c.done("/operations/dead-letters", "letters-gone")
	}
	if err != nil {
		return err
	}

	return c.showLetters(http.StatusConflict, view, undone("", "The letters are not those that you looked at: some came or went meanwhile. These are the ones that are there now."))
}

// dropDeadLetters takes the letters that were looked at away for good, once the person has said so.
func (h *handler) dropDeadLetters(c *call) error {
	if err := c.form(); err != nil {
		return err
	}

	why := undone("sure", "Say that they may be gone for good.")

	if c.sent.Get("sure") != "" {
		err := c.noted("dead-letter-drop", func(note *audit.Note) error {
			how := deadletter.Dropping{Force: c.sent.Get("message") != "", Seen: c.seen()}
			_, failed := h.DeadLetters.Drop(c.ctx(), c.caller, c.subject(), how, note)

			return failed
		})

		switch {
		case err == nil:
			return c.done("/operations/dead-letters", "letters-dropped")
		case !errors.Is(err, deadletter.ErrDropMessage):
			return h.notDone(c, err)
		}

		why = undone("message", "Say that a shopper's message, such as a STOP, may be gone too.")
	}

	view, err := h.letters(c)
	if err != nil {
		return err
	}

	view.Sure = c.sent.Get("sure") != ""

	return c.showLetters(statusUnprocessable, view, why)
}

// revealDeadLetter shows one letter as it is to somebody who has said why, which is noted.
func (h *handler) revealDeadLetter(c *call) error {
	if err := c.form(); err != nil {
		return err
	}

	view, err := h.letters(c)
	if err != nil {
		return err
	}

	view.Reason = c.sent.Get("reason")

	err = c.noted("dead-letter", func(note *audit.Note) error {
		l, failed := h.DeadLetters.Reveal(c.ctx(), c.caller, c.subject(), view.Reason, note)
		view.Clear = string(l.Data)

		return failed
	})

	switch {
	case fault.Is(err, fault.Invalid):
		_, msg := fault.Public(err)
		return c.showLetters(statusUnprocessable, view, undone("reason", "The reason "+msg+"."))
	case err != nil:
		return err
	default:
		return c.showLetters(http.StatusOK, view, nil)
	}
}
