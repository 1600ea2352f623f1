package outcome

import (
	"log/slog"

	"github.com/eshopbox/whatsapp-notifications/shared/logging"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// Result says in one word what an event or a callback led to.
type Result string

// Unreadable is the result of an event or a callback that no parser reads; it is kept as a dead letter.
const Unreadable Result = "unreadable"

// The results of an event.
const (
	Accepted Result = "accepted"
	Refused  Result = "refused"
	Dropped  Result = "dropped"
	Waiting  Result = "waiting"
	Held     Result = "held"
	Failed   Result = "failed"
	InDoubt  Result = "in_doubt"
	// Returned: a failure of ours; sweep publishes the event again.
	Returned       Result = "returned"
	Duplicate      Result = "duplicate"
	EventOff       Result = "event_off"
	UnknownEvent   Result = "unknown_event"
	UnknownAccount Result = "unknown_account"
	NoApp          Result = "no_app"
)

// The results of a callback; a repeated reply is a Duplicate as well.
const (
	Applied   Result = "applied"
	Parked    Result = "parked"
	Foreign   Result = "foreign"
	Stored    Result = "stored"
	Ignored   Result = "ignored"
	Heartbeat Result = "heartbeat"
)

// Report is what an event or a callback led to, as one line of the log.
type Report struct {
	Result Result
	// Reason is why a message was refused or dropped, or the keyword of a reply.
	Reason    string
	MessageID string
	AccountID string
	// AccountSlug is set for an event of no account that we know, as the event named it.
	AccountSlug string
	OrderID     string
	Event       string
	AppID       string
	Provider    string
	Attempt     int
	// Estimate is what a message that was accepted is expected to cost; nothing is logged of one that costs nothing.
	Estimate message.Estimate
	// Failure is the error of a failed attempt; its cause and wait are not logged.
	Failure message.Failure
}

// ReportOf returns the report of a message.
func ReportOf(m message.Message, result Result) Report {
	return Report{
		Result:    result,
		Reason:    string(m.Reason),
		MessageID: m.ID,
		AccountID: m.AccountID,
		OrderID:   m.OrderID,
		Event:     m.Event,
		AppID:     m.AppID,
		Provider:  m.Provider,
		Attempt:   m.Attempt,
	}
}

// LogValue lists the fields that are set. What came from outside is logged only in the shape that belongs there.
func (r Report) LogValue() slog.Value {
	fields := []struct{ key, value string }{
		{"result", string(r.Result)},
		{"reason", r.Reason},
		{"message_id", r.MessageID},
		{"account_id", logging.Number(r.AccountID)},
		{"account_slug", logging.Word(r.AccountSlug)},
		{"order_id", logging.Number(r.OrderID)},
		{"event", r.Event},
		{"app_id", logging.Word(r.AppID)},
		{"provider", logging.Word(r.Provider)},
		{"class", logging.Word(string(r.Failure.Class))},
		{"code", logging.Word(r.Failure.Code)},
	}

	var attrs []slog.Attr
	for _, f := range fields {
		if f.value != "" {
			attrs = append(attrs, slog.String(f.key, f.value))
		}
	}
	if r.Attempt > 0 {
		attrs = append(attrs, slog.Int("attempt", r.Attempt))
	}
	if r.Estimate.Micros > 0 {
		attrs = append(attrs, slog.Int64("estimate_micros", r.Estimate.Micros), slog.String("currency", logging.Word(r.Estimate.Currency)))
	}

	return slog.GroupValue(attrs...)
}
