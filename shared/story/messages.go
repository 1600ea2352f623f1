package story

import (
	"context"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/checks"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// Filter says which messages are listed. Empty fields set no condition.
type Filter struct {
	State  message.Status
	Event  string
	AppID  string
	Reason message.Reason
	// Day is when they were decided on, "2006-01-02" in the account's time zone.
	Day string
	// Cursor is the Next of the page before.
	Cursor string
	// Limit is the most rows of a page.
	Limit int
}

// Row is one message of a list.
type Row struct {
	ID, OrderID, Number string
	Event, Shipment     string
	// Purpose says what an answer to a shopper is for, such as "question"; empty of all else.
	Purpose         string
	AppID, Provider string
	Ownership       message.Ownership
	TemplateID      string
	Status          message.Status
	// Because is the word for why it is so, Sentence the same for a person.
	Because, Sentence string
	// Phone is masked, so that it shows its last digits at most.
	Phone     string
	Attempts  int
	Test      bool
	At        time.Time
	CreatedAt time.Time
}

// Page is one page of a list of messages.
type Page struct {
	Rows []Row
	// Next is the cursor of the next page; empty on the last one. A page with a state may have fewer rows than asked for, and a next one.
	Next string
}

const (
	// batch is how many messages are read at once where a state is asked for, which no index has.
	batch = 200
	// scanned is how many are looked at for one page at most.
	scanned = 1000
)

// Messages lists the messages and refusals of an account, the newest first.
func (t *Teller) Messages(ctx context.Context, c access.Caller, accountID string, f Filter) (Page, error) {
	const op = "story.Messages"

	if err := c.May(access.Read, accountID); err != nil {
		return Page{}, err
	}

	a, err := t.accounts.Known(ctx, op, accountID)
	if err != nil {
		return Page{}, err
	}

	q, err := f.query(a)
	if err != nil {
		return Page{}, err
	}

	var page Page

	for looked := 0; ; {
		size := f.Limit + 1
		if f.State != "" {
			size = batch
		}

		found, err := t.store.SendLog(ctx, q, size)
		if err != nil {
			return Page{}, err
		}

		for _, m := range found {
			if len(page.Rows) == f.Limit {
				page.Next = cursorOf(*q.After)
				return page, nil
			}

			q.After = &store.LogPlace{CreatedAt: m.CreatedAt, ID: m.ID}
			if f.State == "" || m.Status() == f.State {
				page.Rows = append(page.Rows, rowOf(m))
			}
		}

		looked += len(found)

		switch {
		case len(found) < size:
			return page, nil
		case looked >= scanned:
			page.Next = cursorOf(*q.After)
			return page, nil
		}
	}
}

// query returns what the store is asked. Errors name the field of the filter.
func (f Filter) query(a account.Account) (store.LogQuery, error) {
	q := store.LogQuery{AccountID: a.ID, Event: f.Event, AppID: f.AppID, Reason: f.Reason}

	if f.State != "" && checks.Status(f.State) == (checks.Words{}) {
		return q, fault.Field("state", "must be a state of messages, such as delivered")
	}
	if _, known := order.ParseKind(f.Event); f.Event != "" && !known && !message.IsSessionEvent(f.Event) {
		return q, fault.Field("event", "must be an event of the catalogue, such as shipment/failed_delivery")
	}
	if f.Reason != "" && !checks.IsReason(f.Reason) {
		return q, fault.Field("reason", "must be a reason of a refusal, such as opted_out")
	}

	if f.Day != "" {
		day, err := time.ParseInLocation(time.DateOnly, f.Day, a.Zone())
		if err != nil {
			return q, fault.Field("day", "must be a day, such as 2026-11-20")
		}

		q.From, q.Until = day, day.AddDate(0, 0, 1)
	}

	if f.Cursor != "" {
		place, err := placeOf(f.Cursor)
		if err != nil {
			return q, fault.Field("cursor", "must be the next of an earlier answer")
		}

		q.After = &place
	}

	return q, nil
}

// cursorOf returns the cursor of the page after a place.
func cursorOf(p store.LogPlace) string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d.%s", p.CreatedAt.UnixNano(), p.ID))
}

// placeOf reads a cursor.
func placeOf(cursor string) (store.LogPlace, error) {
	text, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		return store.LogPlace{}, err
	}

	nanos, id, _ := strings.Cut(string(text), ".")

	n, err := strconv.ParseInt(nanos, 10, 64)
	if err == nil && !message.IsID(id) {
		err = strconv.ErrSyntax
	}

	return store.LogPlace{CreatedAt: time.Unix(0, n).UTC(), ID: id}, err
}

func rowOf(m message.Message) Row {
	e := checks.Explain(m, nil)

	r := Row{
		ID:         m.ID,
		OrderID:    m.OrderID,
		Number:     m.Activity.OrderNumber,
		Event:      m.Event,
		Shipment:   m.Subject,
		AppID:      m.AppID,
		Provider:   m.Provider,
		Ownership:  m.Ownership,
		TemplateID: m.TemplateID,
		Status:     e.Status,
		Because:    e.Because,
		Sentence:   e.Sentence,
		Phone:      masked(m.Phone),
		Attempts:   m.Attempt,
		Test:       m.Test,
		CreatedAt:  m.CreatedAt,
	}
	r.At, r.Purpose = happened(m)

	return r
}

// masked returns a number as it may be shown to everybody who sees messages.
func masked(e164 string) string {
	n, err := phone.FromE164(e164)
	if err != nil {
		return ""
	}

	return n.String()
}
