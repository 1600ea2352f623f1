package simulation

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// line is one entry of a shopper's ledger, as it is stored.
type line struct {
	subject                                     string
	sequence                                    int64
	action, source, purpose, ref                string
	noticeVersion, noticeHash, actor, requestID string
	occurred, recorded                          time.Time
	previous, hash                              string
}

func entryOf(f map[string]*firestoreValue) line {
	text := func(name string) string { return f[name].GetStringValue() }

	return line{
		subject: text("subject"), sequence: f["sequence"].GetIntegerValue(), action: text("action"), source: text("source"), purpose: text("purpose"),
		ref: text("sourceRef"), noticeVersion: text("noticeVersion"), noticeHash: text("noticeHash"), actor: text("actor"),
		requestID: text("requestId"), occurred: f["occurredAt"].GetTimestampValue().AsTime(),
		recorded: f["recordedAt"].GetTimestampValue().AsTime(), previous: text("previousHash"), hash: text("hash"),
	}
}

// String says what the entry is, without anything that differs between runs.
func (l line) String() string {
	return fmt.Sprintf("%s of %s by %s, of %s, told %s", l.action, l.purpose, l.source, l.occurred.In(india).Format(clockTime), l.recorded.In(india).Format(clockTime))
}

const clockTime = "15:04:05.000000"

// counted is the time from which an entry counts: not later than when we learned of it. What the brand declares counts from before
// everything.
func (l line) counted() time.Time {
	switch {
	case l.action == "grant" && (l.source == "checkout" || l.source == "brand_import"):
		return time.Unix(0, 0)
	case l.occurred.After(l.recorded):
		return l.recorded
	default:
		return l.occurred
	}
}

// sum is the hash of an entry: of the length and the bytes of each of its fields.
func (l line) sum() string {
	var spelled []byte
	for _, f := range []string{
		"consent v2", l.subject, strconv.FormatInt(l.sequence, 10), l.action, l.source, l.purpose, l.ref, l.noticeVersion, l.noticeHash, l.actor,
		l.requestID, strconv.FormatInt(l.occurred.UnixMicro(), 10), strconv.FormatInt(l.recorded.UnixMicro(), 10), l.previous,
	} {
		spelled = binary.BigEndian.AppendUint64(spelled, uint64(len(f)))
		spelled = append(spelled, f...)
	}

	digest := sha256.Sum256(spelled)

	return "v2:" + hex.EncodeToString(digest[:])
}

// ledger is all entries of a shopper, with what they came to as each was written. The nil ledger is empty.
type ledger struct {
	lines   []line
	history []standing
}

// standing is a status since a time.
type standing struct {
	since  time.Time
	status string
}

// entries returns the entries as they stand.
func (l *ledger) entries() []line {
	if l == nil {
		return nil
	}

	return l.lines
}

// with returns the ledger with one more entry, written now.
func (l *ledger) with(e line) *ledger {
	if l == nil {
		l = &ledger{}
	}

	l.lines = append(l.lines, e)
	l.history = append(l.history, standing{since: time.Now(), status: l.fold()})

	return l
}

// at returns the status at a time.
func (l *ledger) at(t time.Time) string {
	status := "unknown"
	if l == nil {
		return status
	}

	for _, s := range l.history {
		if !s.since.After(t) {
			status = s.status
		}
	}

	return status
}

// fold returns the status that the entries come to, in whatever order they stand.
func (l *ledger) fold() string {
	if l == nil {
		return "INACTIVE"
	}

	agreed, at := l.agreed()

	switch {
	case !agreed, l.blocked():
		return "INACTIVE"
	case slices.ContainsFunc(l.refused(), func(r line) bool { return !at.After(r.counted()) }):
		return "UNREACHABLE"
	default:
		return "ACTIVE"
	}
}

// agreed reports what the last word on order updates is, and when it was said. Of the same time the one that stops is the last.
func (l *ledger) agreed() (yes bool, at time.Time) {
	for _, e := range l.lines {
		grants := e.action == "grant" && e.purpose == "order_updates"
		stops := (e.action == "withdraw" || e.action == "deny" || e.action == "expire") && e.purpose != "marketing"

		switch {
		case grants && e.counted().After(at), grants && yes && e.counted().Equal(at):
			yes, at = true, e.counted()
		case stops && !e.counted().Before(at):
			yes, at = false, e.counted()
		}
	}

	return yes, at
}

// blocked reports whether any order of an authority is open: of each reference the last word counts.
func (l *ledger) blocked() bool {
	open, at := map[string]bool{}, map[string]time.Time{}
	for _, e := range l.lines {
		if e.source == "authority" && !e.counted().Before(at[e.ref]) {
			open[e.ref], at[e.ref] = e.action == "block", e.counted()
		}
	}

	for _, is := range open {
		if is {
			return true
		}
	}

	return false
}

// refused returns the refusals of the number that nothing has taken back: of each message the earliest.
func (l *ledger) refused() []line {
	var all []line
	for _, e := range l.lines {
		if e.action != "unreachable" {
			continue
		}

		i := slices.IndexFunc(all, func(r line) bool { return r.ref == e.ref })
		switch {
		case i < 0:
			all = append(all, e)
		case e.counted().Before(all[i].counted()):
			all[i] = e
		}
	}

	return slices.DeleteFunc(all, func(r line) bool {
		return slices.ContainsFunc(l.lines, func(e line) bool {
			ofMessage := e.source == "provider_error" && e.ref != ""
			return e.action == "reachable" && (ofMessage && e.ref == r.ref || !ofMessage && !r.counted().After(e.counted()))
		})
	})
}

// broken says what is wrong with the chain; empty if nothing is.
func (l *ledger) broken(customer string) string {
	if l == nil {
		return ""
	}

	previous := ""
	for i, e := range l.lines {
		switch {
		case e.subject != customer:
			return fmt.Sprintf("entry %d names another customer, or none", e.sequence)
		case e.sequence != int64(i)+1:
			return fmt.Sprintf("entry %d stands in place %d", e.sequence, i+1)
		case e.previous != previous:
			return fmt.Sprintf("entry %d does not follow the one before", e.sequence)
		case e.hash != e.sum():
			return fmt.Sprintf("entry %d was changed", e.sequence)
		}

		previous = e.hash
	}

	return ""
}
