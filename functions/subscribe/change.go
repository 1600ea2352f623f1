package subscribe

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/logging"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// maxConflicts is how often a change is tried again after another writer was faster.
const maxConflicts = 8

func (h *handler) post(w http.ResponseWriter, r *http.Request, id string) error {
	if err := httpx.RequireType(r, contentJSON); err != nil {
		return err
	}

	body, err := httpx.ReadBody(w, r, httpx.MaxPortalBody)
	if err != nil {
		return err
	}

	asked, err := parseRequest(body)
	if err != nil {
		return err
	}

	// The account is looked up by what the body says, so that the calls made are the same for every order.
	ctx := r.Context()
	brand, err := h.account(ctx, asked.account)
	if err != nil {
		return err
	}

	o, down, err := h.find(ctx, id, asked, brand)
	if err != nil {
		return err
	}
	if !asked.fits(o, brand) {
		return h.refuse(w, r, down)
	}

	err = h.subscribe(ctx, id, o, brand, asked.status)
	if errors.Is(err, errBlocked) {
		return httpx.WriteBytes(w, http.StatusNotFound, contentJSON, []byte(failed))
	}
	if err != nil {
		return err
	}

	return httpx.WriteBytes(w, http.StatusOK, contentJSON, asked.done())
}

// fits reports whether the body names the order's shopper and account. Whether the account knows the shopper already does not
// matter, nor what its own record of the shopper says: the order decides.
func (r request) fits(o owner, brand account.Account) bool {
	of := o.phone()
	if of.IsZero() || !o.of(brand) {
		return false
	}

	given, err := phone.Parse(r.phone, o.customer.Region)

	return err == nil && given == of && sameMail(r.email, o.customer.Email)
}

// sameMail reports whether two addresses are the same but for case and blanks. Two empty ones are.
func sameMail(a, b string) bool { return strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(b)) }

// refuse answers a POST that fits no order: with the documented failure, the same for every reason, or with 429 to an address
// that has guessed too often. While the platform does not answer, nobody can say that the order does not exist, so that an
// order with a stored copy gets the same 503 as one without.
func (h *handler) refuse(w http.ResponseWriter, r *http.Request, down error) error {
	if err := h.wrong.admit(w, r, h.Clock.Now()); err != nil {
		return err
	}
	if down != nil {
		return down
	}

	return httpx.WriteBytes(w, http.StatusNotFound, contentJSON, []byte(failed))
}

// subscribe brings the order's shopper to the status asked for. A shopper whom the account does not know yet is made of the
// order.
func (h *handler) subscribe(ctx context.Context, id string, o owner, brand account.Account, status consent.Status) error {
	keyer, err := h.PhoneKey.Get(ctx)
	if err != nil {
		return err
	}

	key := keyer.Key(o.phone())
	fresh := store.Customer{
		ID:        store.CustomerID(brand.ID, key),
		AccountID: brand.ID,
		PhoneKey:  key,
		OtherKey:  keyer.OtherKey(o.phone()),
		Phone:     o.phone().E164(),
		Email:     o.customer.Email,
		Name:      o.customer.Name,
	}

	asked := h.entry(ctx, id, status)

	done, err := h.turns.take(ctx, fresh.ID)
	if err != nil {
		return err
	}
	defer done()

	return h.change(ctx, brand, fresh, asked, status)
}

// entry returns the ledger's entry for what the shopper asks now.
func (h *handler) entry(ctx context.Context, id string, status consent.Status) consent.Entry {
	e := consent.Entry{
		Action:    consent.Withdraw,
		Source:    consent.CustomerPortal,
		Purpose:   consent.Everything,
		SourceRef: "order:" + id,
		Actor:     "anyone with the order's data",
		RequestID: logging.TraceOf(ctx).ID,

		OccurredAt: h.Clock.Now(),
	}
	if len(h.linkKeys) > 0 {
		e.Actor = "customer with order link"
	}
	if status == consent.Active {
		e.Action = consent.Grant
		e.Purpose = consent.OrderUpdates
		e.NoticeVersion, e.NoticeHash = h.cfg.notice()
	}

	return e
}

// change writes ledger entry and new state in one write. Of a customer that has the status already only the time is written at
// which it was asked for again, and that not if another request has asked since. One that is not there is made from fresh.
func (h *handler) change(ctx context.Context, brand account.Account, fresh store.Customer, e consent.Entry, status consent.Status) error {
	const op = "subscribe.change"
	asked := e.OccurredAt.UTC().Truncate(time.Microsecond)

	for range maxConflicts {
		c, err := h.Store.Customer(ctx, fresh.ID)
		if errors.Is(err, store.ErrNotFound) {
			c, err = h.Store.Newcomer(ctx, fresh, brand.AppIDs(), h.Clock.Now())
		}
		if err != nil {
			return err
		}

		c = backAs(c, fresh, status)
		e.OccurredAt = c.Consent.NextMoment(h.Clock.Now())
		e.RecordedAt = e.OccurredAt
		entries, next, changed := consent.Record(c.Consent, e)
		if _, reason := consent.May(next, consent.OrderUpdates, e.OccurredAt); reason == message.Blocked && status == consent.Active {
			return errBlocked
		}
		if next.StatusAt(e.OccurredAt) != status {
			return fault.Wrap(fault.Internal, op, errors.New("the entry does not lead to the status asked for"))
		}
		if !changed || len(entries) == 0 && !c.Consent.Updates.At.Before(asked) {
			return nil
		}

		err = h.write(ctx, c, next, entries)
		if err == nil {
			h.logChange(ctx, c, entries)
			return nil
		}
		if !isRace(err) {
			return err
		}
	}

	return fault.Wrap(fault.Unavailable, op, store.ErrConflict)
}

// backAs returns a customer with the order's contact, if it was erased and the shopper has come back.
func backAs(c, fresh store.Customer, status consent.Status) store.Customer {
	if !c.ErasedAt.IsZero() && status == consent.Active {
		c.Phone, c.Email, c.Name = fresh.Phone, fresh.Email, fresh.Name
	}

	return c
}

// logChange logs the last of the entries that were written, if any was.
func (h *handler) logChange(ctx context.Context, c store.Customer, entries []consent.Entry) {
	if len(entries) == 0 {
		return
	}

	last := entries[len(entries)-1]
	h.Logger.InfoContext(ctx, "consent changed", "account_id", c.AccountID, "action", string(last.Action), "sequence", last.Sequence)
}

// write adds the entries to the ledger of a customer as read, or makes a customer with them.
func (h *handler) write(ctx context.Context, c store.Customer, next consent.State, entries []consent.Entry) error {
	if !c.UpdateTime.IsZero() {
		return h.Store.ChangeConsent(ctx, c, next, entries...)
	}

	c.Consent = next

	return h.Store.CreateCustomer(ctx, c, entries...)
}

// errBlocked: an authority forbids messages to the number, so that nobody can be subscribed with it.
var errBlocked = errors.New("the number is blocked")

// isRace reports whether a write lost to another writer's, who may have removed the customer too.
func isRace(err error) bool {
	return errors.Is(err, store.ErrConflict) || errors.Is(err, store.ErrExists) || errors.Is(err, store.ErrNotFound)
}
