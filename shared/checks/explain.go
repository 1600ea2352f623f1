package checks

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// Explanation is what is known of why a message was sent or not.
type Explanation struct {
	// Status is the message's; [statusOff] of an event that was off, and [statusNotKept] where nothing is kept.
	Status message.Status
	// Because is the one word that Sentence puts in words: a reason, a cause, a class, a check or a status.
	Because string
	// Sentence says it to a person, and Advice what they can do about it; that is never empty.
	Sentence, Advice string
	// Checks are all checks in their order, as the newest decision saw them; empty of what was not decided by them.
	Checks []Check
	// Attempts are the tries to send, the oldest first, and Notes what else should be known.
	Attempts []AttemptNote
	Notes    []Words
	// Settings is the version of the account's settings that was decided by; 0 if that is not known.
	Settings int64
	// DecidedAt is when it was decided; zero if that is not known.
	DecidedAt time.Time
}

// The statuses of what has no message.
const (
	// statusOff is that of an event that was switched off when it came.
	statusOff message.Status = "event_off"
	// statusNotKept is that of an account without an app, whose events leave no trace.
	statusNotKept message.Status = "not_kept"
)

// AttemptNote is one try to send.
type AttemptNote struct {
	Number int
	// At is when it was claimed.
	At time.Time
	// Status is how far it came; empty while nothing is known of it.
	Status message.Status
	// Class and Code are its error's; Words say it.
	Class message.Class
	Code  string
	Words Words
	// PossibleDuplicate says that an earlier attempt may have arrived all the same; Silence what the attempt rested on then.
	PossibleDuplicate bool
	Silence           message.Silence
}

// Present is what the checks would see now, by the name of the check, as far as it is known.
type Present map[Name]string

// Now returns what checks see in facts of the present.
func Now(f Facts, names ...Name) Present {
	seen := Present{}
	for _, c := range table {
		if slices.Contains(names, c.name) {
			seen[c.name] = c.value(f)
		}
	}

	return seen
}

// factsOf returns what the newest decision on a message judged. What a document of the old form does not tell is taken to have been in
// order.
func factsOf(m message.Message) Facts {
	f := Facts{Grounds: m.Grounds, AppID: m.AppID, Provider: m.Provider, TemplateID: m.TemplateID}
	if m.Phase != message.Refused && m.Phase != message.Dropped || Decide(f).Reason == m.Reason {
		return f
	}

	// It was ended otherwise than by a decision, or is of the old form.
	return f.failing(m.Reason)
}

// failing returns the facts with nothing in the way but the reason.
func (f Facts) failing(reason message.Reason) Facts {
	was := f.Grounds
	f.Grounds = message.Grounds{
		At:        was.At,
		Settings:  was.Settings,
		Consent:   was.Consent,
		Marketing: was.Marketing,
		Age:       was.Age,
		Limit:     was.Limit,
		Tries:     was.Tries,
	}

	switch reason {
	case message.EventOff, message.NoSender, message.UnsupportedByProvider, message.NoAttempt:
		f.Refusal = reason
	case message.NothingToPay:
		f.Unsayable = reason
	case message.NoPhone, message.InvalidPhone:
		f.NoNumber = reason
	case message.NotOptedIn, message.OptedOut, message.Unreachable, message.Blocked:
		f.Unwanted = reason
	case message.Superseded:
		f.Overtaken = "a later status"
	case message.Expired:
		f.Age, f.Limit = max(was.Age, was.Limit+1), max(was.Limit, 1)
	case message.SpendingLimit:
		f.Overspent = true
	case message.Limit:
		f.Exhausted = true
	case message.AlreadyTold:
		f.Told = true
	default:
		f.Unbuilt = reason
	}

	return f
}

// Explain says why a message is as it is. now is what its checks would see at present; it may be nil.
func Explain(m message.Message, now Present) Explanation {
	f := factsOf(m)
	e := Explanation{
		Status:   m.Status(),
		Attempts: attemptsOf(m),
		Notes:    notesOf(m),
		Settings: cmp.Or(f.Settings, m.SettingsVersion),
	}

	if !m.Test && m.Session == nil { // nobody decided on those by the checks
		e.Checks = at(all(f), now)
	}
	if f.At != 0 {
		e.DecidedAt = time.UnixMilli(f.At)
	}

	return e.saying(because(m, e.Status, f))
}

// ExplainOff says why nothing was sent of an event that was off when it came, by the settings of a version, 0 if that is not known.
func ExplainOff(settings int64, now Present) Explanation {
	f := Facts{Grounds: message.Grounds{Refusal: message.EventOff, Settings: settings}}
	e := Explanation{Status: statusOff, Checks: at(all(f), now), Settings: settings}

	return e.saying(string(message.EventOff), reasons[message.EventOff])
}

// ExplainNotKept says why nothing is known of the events of an account that has no app.
func ExplainNotKept() Explanation {
	return Explanation{Status: statusNotKept}.saying(string(statusNotKept), notKept)
}

// ShopperWords says whether a shopper may be told of orders: unwanted is why not, and empty if that is allowed.
func ShopperWords(unwanted message.Reason) Words {
	if unwanted == "" {
		return wanted
	}

	return reasons[unwanted]
}

func (e Explanation) saying(because string, w Words) Explanation {
	e.Because, e.Sentence, e.Advice = because, w.Sentence, w.Advice
	return e
}

// because returns the word for why a message is as it is, and what is to be said of it.
func because(m message.Message, s message.Status, f Facts) (string, Words) {
	newest := m.Newest()

	switch s {
	case message.StatusRefused, message.StatusDropped:
		return string(m.Reason), wordsOfRefusal(m.Reason, f)
	case message.StatusFailed:
		if newest.Class != "" {
			return string(newest.Class), wordsOfFailure(newest.Failure)
		}
	case message.StatusHeld:
		return heldBecause(newest, f)
	case message.StatusWaiting:
		return waitsBecause(m, f)
	default:
	}

	return string(s), statuses[s]
}

// heldBecause returns why a message is held: for what its decision found, or for what the provider answered afterwards.
func heldBecause(newest message.Attempt, f Facts) (string, Words) {
	cause := cmp.Or(f.App, f.Template)

	switch {
	case f.App == "" && f.Template == "" && f.Vain:
		return string(message.CauseNotAnswering), causes[message.CauseNotAnswering]
	case cause != "":
		return string(cause), wordsOfCause(cause)
	case newest.Class != "":
		return string(newest.Class), wordsOfFailure(newest.Failure)
	default:
		return string(message.StatusHeld), statuses[message.StatusHeld]
	}
}

// waitsBecause returns what a message waits for: what its decision found, the next attempt after one that failed or is in doubt, or the
// attempt that a person asked for.
func waitsBecause(m message.Message, f Facts) (string, Words) {
	verdict := Decide(f)
	newest := m.Newest()

	switch {
	case verdict.Outcome == Waits:
		return string(verdict.Check), wordsOfWait(verdict.Check, f)
	case m.Resent && newest.HasNoEvidence():
		return string(m.Silence), silences[m.Silence]
	case newest.Class != "":
		return string(newest.Class), wordsOfFailure(newest.Failure)
	default:
		return string(message.StatusWaiting), statuses[message.StatusWaiting]
	}
}

// attemptsOf returns the tries to send, the oldest first.
func attemptsOf(m message.Message) []AttemptNote {
	var all []AttemptNote

	for n := 1; n <= m.Attempt; n++ {
		a, there := m.Attempts[message.Number(n)]
		if !there {
			continue
		}

		note := AttemptNote{
			Number:            n,
			Status:            a.Rank.Status(),
			Class:             a.Class,
			Code:              a.Code,
			PossibleDuplicate: a.PossibleDuplicate,
			Silence:           a.Silence,
		}
		if a.ClaimedAt != 0 {
			note.At = time.UnixMilli(a.ClaimedAt)
		}

		note.Words = wordsOfAttempt(m, n, a)
		all = append(all, note)
	}

	return all
}

// wordsOfAttempt says how an attempt ended.
func wordsOfAttempt(m message.Message, n int, a message.Attempt) Words {
	switch {
	case a.Rank == message.RankFailed, a.Rank == message.RankNone && a.Class != "":
		return wordsOfFailure(a.Failure)
	case a.Rank != message.RankNone:
		return statuses[a.Rank.Status()]
	case n == m.Attempt && m.Phase == message.Claimed:
		return statuses[message.StatusSending]
	case n == m.Attempt && m.Phase == message.GivenUp:
		return statuses[message.StatusGivenUp]
	default:
		return statuses[message.StatusInDoubt]
	}
}

// notesOf returns what else should be known of a message.
func notesOf(m message.Message) []Words {
	var all []Words

	add := func(yes bool, note Words) {
		if yes {
			all = append(all, note)
		}
	}

	add(m.Test, notes["test"])
	add(m.Session != nil, notes["answer"])
	add(m.SecondLook, notes["second_look"])
	add(m.Retried, notes["retried"])
	add(!m.ReopenedAt.IsZero(), notes["reopened"])

	duplicate := slices.ContainsFunc(attemptsIn(m), func(a message.Attempt) bool { return a.PossibleDuplicate })
	add(m.Resent || duplicate, notes["resent"])
	add(late(m), notes["late"])

	return all
}

func attemptsIn(m message.Message) []message.Attempt {
	all := make([]message.Attempt, 0, len(m.Attempts))
	for n := 1; n <= m.Attempt; n++ {
		all = append(all, m.AttemptAt(n))
	}

	return all
}

// late reports whether a report came of a message that was given up or failed before.
func late(m message.Message) bool {
	return (m.Phase == message.GivenUp || m.Phase == message.Failed || m.Phase == message.Dropped) && m.MaxRank() >= message.RankDelivered ||
		m.Phase == message.GivenUp && m.Recorded()
}

// wordsOfRefusal says why a message must not be sent. A shopper who may be told of orders, and not of what is marketing, is told apart from
// one who may not be written to at all.
func wordsOfRefusal(r message.Reason, f Facts) Words {
	if f.Marketing && f.Consent == string(consent.Active) && (r == message.NotOptedIn || r == message.OptedOut) {
		return noMarketing
	}

	return wordsOfReason(r)
}

// wordsOfReason says a reason; a reason that no table has is said as it is.
func wordsOfReason(r message.Reason) Words {
	if w, ok := reasons[r]; ok {
		return w
	}

	return Words{"It was not sent: " + strings.ReplaceAll(string(r), "_", " ") + ".", "Ask the platform's support; this reason is new."}
}

// OfCause says why an app, or the template of an event, cannot be used.
func OfCause(c message.Cause) Words { return wordsOfCause(c) }

func wordsOfCause(c message.Cause) Words {
	if w, ok := causes[c]; ok {
		return w
	}

	return statuses[message.StatusHeld]
}

// wordsOfFailure says an error, with the provider's own code.
func wordsOfFailure(f message.Failure) Words {
	w := classes[f.Class]
	if known, ok := causes[f.Cause]; ok {
		w = known
	}
	if f.Code != "" {
		w.Sentence += " Its code: " + f.Code + "."
	}

	return w
}
