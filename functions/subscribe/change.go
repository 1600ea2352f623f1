package subscribe

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/logging"
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

	ctx := r.Context()
	done, err := h.turns.take(ctx, id)
	if err != nil {
		return err
	}
	defer done()

	o, err := h.Orders.Find(ctx, id)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}

	f, err := h.factsOf(ctx, id, o)
	if err != nil {
		return err
	}
	if err = admit(w, h.guardOf(id, f), h.Clock.Now()); err != nil {
		return err
	}
	if !asked.fits(f) {
		return h.refuse(ctx, w, id, f)
	}

	err = h.change(ctx, *f.customer, h.entry(ctx, id, asked.status), asked.status)
	if errors.Is(err, store.ErrNotFound) {
		return h.refuse(ctx, w, id, f)
	}
	if err != nil {
		return err
	}

	h.clearGuard(ctx, f)

	return httpx.WriteBytes(w, http.StatusOK, contentJSON, asked.done())
}

// fits reports whether the body names the order's shopper, and the account knows that shopper. The customer's own record may
// hold another e-mail address: the order decides.
func (r request) fits(f facts) bool {
	if f.order == nil || f.account == "" || f.phone.IsZero() || f.customer == nil {
		return false
	}

	given, err := phone.Parse(r.phone, f.order.Customer.Region)

	return err == nil && given == f.phone && sameMail(r.email, f.order.Customer.Email) &&
		r.account == strings.TrimLeft(f.account, "0")
}

// guardOf returns the count of wrong attempts at an order.
func (h *handler) guardOf(id string, f facts) store.Guard {
	switch {
	case f.document == "":
		return h.unknownOrders.get(id)
	case f.stored == nil:
		return store.Guard{}
	default:
		return f.stored.Guard
	}
}

// refuse counts a wrong attempt and answers the documented failure, the same for every reason. An attempt that cannot be
// counted is not answered, or a guesser could go on uncounted.
func (h *handler) refuse(ctx context.Context, w http.ResponseWriter, id string, f facts) error {
	now := h.Clock.Now()
	if f.document == "" {
		h.unknownOrders.count(id, now)
	} else if err := h.Store.CountWrong(ctx, f.document, now, now.Add(h.cfg.Orders.Retention)); err != nil {
		return retryLater("subscribe.refuse", err)
	}

	return httpx.WriteBytes(w, http.StatusNotFound, contentJSON, []byte(failed))
}

// clearGuard forgets the wrong attempts before a right one. The change has been made, so a failure is only logged.
func (h *handler) clearGuard(ctx context.Context, f facts) {
	if f.stored == nil || f.stored.Guard.Wrong == 0 {
		return
	}
	if err := h.Store.ClearGuard(ctx, f.document); err != nil {
		h.Logger.WarnContext(ctx, "guard not cleared", "error", err)
	}
}

// entry returns the ledger's entry for what the shopper asked.
func (h *handler) entry(ctx context.Context, id string, status consent.Status) consent.Entry {
	e := consent.Entry{
		Action:    consent.Withdraw,
		Source:    consent.CustomerPortal,
		Purpose:   consent.Everything,
		SourceRef: "order:" + id,
		Actor:     "customer",
		RequestID: logging.TraceOf(ctx).ID,
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

// change writes ledger entry and new state in one write. A customer that has the status already costs no write. ErrNotFound if the customer has been removed since it was read.
func (h *handler) change(ctx context.Context, c store.Customer, e consent.Entry, status consent.Status) error {
	const op = "subscribe.change"
	for range maxConflicts {
		e.OccurredAt = newest(c.Consent, h.Clock.Now())
		e.RecordedAt = e.OccurredAt
		entry, next, changed := consent.Record(c.Consent, e)
		if next.StatusAt(e.OccurredAt) != status {
			return fault.Wrap(fault.Internal, op, errors.New("the entry does not lead to the status asked for"))
		}
		if !changed {
			return nil
		}

		err := h.Store.ChangeConsent(ctx, c, next, entry)
		if err == nil {
			h.Logger.InfoContext(ctx, "consent changed", "account_id", c.AccountID, "action", string(entry.Action), "sequence", entry.Sequence)
			return nil
		}
		if !errors.Is(err, store.ErrConflict) && !errors.Is(err, store.ErrExists) {
			return err
		}

		if c, err = h.Store.Customer(ctx, c.ID); err != nil {
			return err
		}
	}

	return retryLater(op, store.ErrConflict)
}

// newest returns now, or the microsecond after the last mark of the state if that is later. The shopper who asks now has seen
// the state that mark led to, so it must not count as the later word because another machine's clock is ahead of ours.
func newest(s consent.State, now time.Time) time.Time {
	now = now.UTC().Truncate(time.Microsecond) // as the ledger keeps it
	for _, m := range []consent.Mark{s.Updates, s.Offers, s.Reach} {
		if !now.After(m.At) {
			now = m.At.Add(time.Microsecond)
		}
	}

	return now
}

// retryLater maps a lost write to Unavailable, so that the client retries.
func retryLater(op string, err error) error {
	if errors.Is(err, store.ErrConflict) {
		return fault.Wrap(fault.Unavailable, op, err)
	}
	return err
}
