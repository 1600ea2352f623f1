// Package actions is the use case of what shoppers chose after a failed delivery: it lists their actions by how far they are, and has those submitted
// once more that the order platform gave no answer to for a day.
//
// Each use case checks by itself, before it reads anything, whether its caller may. What it returns holds no telephone number but a masked one, no
// name, and nothing of what a shopper wrote.
package actions

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/audit"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/conversation"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// ErrNoneStuck is returned where nothing of an order is stuck.
var ErrNoneStuck = fault.New(fault.Conflict, "actions.Retry", "the order has no choice that is stuck; what waits is tried again by itself")

// Desk is what people do about actions. It is safe for concurrent use.
type Desk struct {
	store *store.Store
	clock clock.Clock
}

// New returns a Desk; it makes no call.
func New(db *store.Store, c clock.Clock) *Desk { return &Desk{store: db, clock: c} }

// Row is one action of a list.
type Row struct {
	OrderID, TrackingID string
	// Number is the order's for the shopper; empty if it is not known.
	Number string
	// MessageID is the message about the failed delivery.
	MessageID string
	// Phone is masked, so that it shows its last digits at most; empty while nobody knows the number.
	Phone string
	// Label says what was chosen.
	Label string
	State conversation.State
	// Sentence says to a person how far it is, Advice what there is to be done.
	Sentence, Advice string
	// Date is the day that the shopper wants, "2006-01-02", of an action that has one; WithDetails says that a landmark or a note went along.
	Date        string
	WithDetails bool
	ChosenAt    time.Time
	// DoneAt is when its state was the last one; zero before.
	DoneAt time.Time
	// Stuck says that it can be submitted once more.
	Stuck bool
}

// Page is one page of a list.
type Page struct {
	Rows []Row
	// Next is the cursor of the next page; empty on the last one.
	Next string
}

// List lists the actions of an account that stand in a list, at most those of limit shoppers: shoppers who chose last come first, and of each the newest
// action. cursor is the Next of the page before; empty begins.
func (d *Desk) List(ctx context.Context, c access.Caller, accountID string, list conversation.List, cursor string, limit int) (Page, error) {
	if err := c.May(access.Read, accountID); err != nil {
		return Page{}, err
	}
	if !list.Known() {
		return Page{}, fault.Field("list", "must be pending, late, failed or done")
	}

	after, err := placeOf(cursor, accountID)
	if err != nil {
		return Page{}, err
	}

	found, err := d.store.ConversationsOn(ctx, accountID, list, after, limit+1)
	if err != nil && len(found) == 0 {
		return Page{}, err // else one of them cannot be read, and the others are shown
	}

	var page Page

	for i, of := range found {
		if i == limit {
			page.Next = cursorOf(found[i-1])
			break
		}

		for _, a := range slices.Backward(of.Actions) {
			if a.State.List() == list {
				page.Rows = append(page.Rows, rowOf(of, a))
			}
		}
	}

	return page, d.number(ctx, accountID, page.Rows)
}

// number adds the orders' numbers, as the messages about the failed deliveries have them.
func (d *Desk) number(ctx context.Context, accountID string, rows []Row) error {
	ids := make([]string, len(rows))
	for i, r := range rows {
		ids[i] = r.MessageID
	}

	numbers, err := d.store.OrderNumbers(ctx, accountID, ids)
	for i := range rows {
		rows[i].Number = numbers[rows[i].MessageID]
	}

	return err
}

func rowOf(of conversation.Conversation, a conversation.Action) Row {
	r := Row{
		OrderID:     a.OrderID,
		TrackingID:  a.TrackingID,
		MessageID:   a.MessageID,
		Label:       conversation.Action{Code: a.Code}.Label(),
		State:       a.State,
		Date:        a.Date,
		WithDetails: !a.Details.IsZero(),
		ChosenAt:    a.At,
		DoneAt:      a.DoneAt,
		Stuck:       a.State == conversation.Stuck,
	}
	r.Sentence, r.Advice = a.Explain()

	if n, err := phone.FromE164(of.Phone); err == nil {
		r.Phone = n.String()
	}

	return r
}

// keyForm is what names a shopper in the id of a conversation.
var keyForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,128}$`)

// cursorOf returns the cursor of the page after a conversation.
func cursorOf(c conversation.Conversation) string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%s %s", c.ChosenAt().UTC().Format(time.RFC3339Nano), c.ID))
}

// placeOf reads a cursor of an account's list; nil of an empty one.
func placeOf(cursor, accountID string) (*store.ChosenPlace, error) {
	if cursor == "" {
		return nil, nil //nolint:nilnil // the beginning
	}

	text, _ := base64.RawURLEncoding.DecodeString(cursor) // what it is not is no place
	chosen, id, _ := strings.Cut(string(text), " ")

	at, err := time.Parse(time.RFC3339Nano, chosen)
	if key, ours := strings.CutPrefix(id, store.CustomerID(accountID, "")); err != nil || !ours || !keyForm.MatchString(key) {
		return nil, fault.Field("cursor", "must be the next of an earlier answer")
	}

	return &store.ChosenPlace{ChosenAt: at, ID: id}, nil
}

// Again says what comes of actions that are submitted once more.
const Again = "submitted again within a minute or two, if the order still waits for it; what the shopper has not completed is asked about, or goes to a person"

// Retry has the actions on an order submitted once more that the platform gave no answer to for a day; dry only lists them. found hears of each, as it was.
// The note is begun before the first one is changed. It is [ErrNoneStuck] if there are none.
func (d *Desk) Retry(ctx context.Context, c access.Caller, accountID, orderID string, dry bool, found func(a conversation.Action), note *audit.Note) error {
	if err := c.May(access.Write, accountID); err != nil {
		return err
	}

	messages, err := d.store.MessagesOfOrder(ctx, accountID, orderID)
	if err != nil {
		return err
	}

	var asked []string

	all := 0

	for _, m := range messages {
		if m.CustomerID == "" || slices.Contains(asked, m.CustomerID) {
			continue
		}

		asked = append(asked, m.CustomerID)

		n, err := d.retry(ctx, m.CustomerID, orderID, dry, found, note)
		if err != nil {
			return fmt.Errorf("order %s/%s: %w", accountID, orderID, err)
		}

		all += n
	}

	switch {
	case all == 0:
		return fmt.Errorf("order %s/%s: %w", accountID, orderID, ErrNoneStuck)
	case !dry:
		note.Result(Again)
	}

	return nil
}

// retry has the stuck actions of one shopper submitted, and returns how many there are.
func (d *Desk) retry(ctx context.Context, customerID, orderID string, dry bool, found func(a conversation.Action), note *audit.Note) (int, error) {
	of, err := d.store.Conversation(ctx, customerID)
	if errors.Is(err, store.ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}

	next, again := of.Retry(orderID, d.clock.Now())
	for _, a := range again {
		found(a)
	}

	if dry || len(again) == 0 {
		return len(again), nil
	}

	if err = note.Begin(ctx, of.AccountID+"/"+orderID); err != nil {
		return 0, err
	}

	_, err = d.store.SaveConversation(ctx, next)
	if store.IsConflict(err) {
		err = fault.Wrap(fault.Conflict, "actions.Retry", err)
	}

	return len(again), err
}
