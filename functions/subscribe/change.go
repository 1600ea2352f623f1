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

// maxConflicts is how often a change is made anew because another instance was faster.
const maxConflicts = 8

func (h *handler) post(w http.ResponseWriter, r *http.Request, id string) error {
	ctx := r.Context()
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
	done, err := h.turns.take(ctx, id)
	if err != nil {
		return err
	}
	defer done()

	o, err := h.Orders.Find(ctx, id)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	s, err := h.subjectOf(ctx, id, o)
	if err != nil {
		return err
	}
	if err = admit(w, h.guardOf(id, s), h.Clock.Now()); err != nil {
		return err
	}
	if !asked.fits(s) {
		return h.refuse(ctx, w, id, s)
	}
	err = h.change(ctx, *s.customer, h.entry(ctx, id, asked.status), asked.status)
	if errors.Is(err, store.ErrNotFound) {
		return h.refuse(ctx, w, id, s)
	}
	if err != nil {
		return err
	}
	h.forgive(ctx, s)
	return httpx.WriteBytes(w, http.StatusOK, contentJSON, asked.done())
}

// fits tells whether the body names the order's shopper, and the account knows them. The customer's own record may hold
// another e-mail: the order decides.
func (r request) fits(s subject) bool {
	if s.order == nil || s.account == "" || s.phone.IsZero() || s.customer == nil {
		return false
	}
	given, err := phone.Parse(r.phone, s.order.Customer.Region)
	return err == nil && given == s.phone && sameMail(r.email, s.order.Customer.Email) &&
		r.account == strings.TrimLeft(s.account, "0")
}

func (h *handler) guardOf(id string, s subject) store.Guard {
	switch {
	case s.document == "":
		return h.unknownOrders.get(id)
	case s.kept == nil:
		return store.Guard{}
	default:
		return s.kept.Guard
	}
}

// refuse counts a wrong attempt and gives the documented failure, the same for every reason. What is not counted is not
// answered either, or counting could be dodged.
func (h *handler) refuse(ctx context.Context, w http.ResponseWriter, id string, s subject) error {
	now := h.Clock.Now()
	if s.document == "" {
		h.unknownOrders.count(id, now)
	} else if err := h.Store.CountWrong(ctx, s.document, now, now.Add(h.cfg.Orders.Retention)); err != nil {
		return passing("subscribe.refuse", err)
	}
	return httpx.WriteBytes(w, http.StatusNotFound, contentJSON, []byte(failed))
}

// forgive forgets the wrong attempts before a right one. The change is made by now; that this failed must not deny it.
func (h *handler) forgive(ctx context.Context, s subject) {
	if s.kept == nil || s.kept.Guard.Wrong == 0 {
		return
	}
	if err := h.Store.ClearGuard(ctx, s.document); err != nil {
		h.Logger.WarnContext(ctx, "guard not cleared", "error", err)
	}
}

// entry is the ledger's line for what the shopper asked.
func (h *handler) entry(ctx context.Context, id string, status consent.Status) consent.Entry {
	e := consent.Entry{
		Action: consent.Withdraw, Source: consent.CustomerPortal, Purpose: consent.Everything,
		SourceRef: "order:" + id, Actor: "customer", RequestID: logging.TraceOf(ctx).ID,
	}
	if len(h.linkKeys) > 0 {
		e.Actor = "customer with order link"
	}
	if status == consent.Active {
		e.Action, e.Purpose = consent.Grant, consent.OrderUpdates
		e.NoticeVersion, e.NoticeHash = h.cfg.notice()
	}
	return e
}

// change brings the customer to the status, in the ledger and in its fold at once. A customer who has it already costs no
// write. ErrNotFound if the customer went away meanwhile.
func (h *handler) change(ctx context.Context, c store.Customer, e consent.Entry, status consent.Status) error {
	const op = "subscribe.change"
	for range maxConflicts {
		e.OccurredAt = after(c.Consent, h.Clock.Now())
		e.RecordedAt = e.OccurredAt
		entry, next, changed := consent.Record(c.Consent, e)
		if next.Status != status {
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
	return passing(op, store.ErrConflict)
}

// after is now, or just after the last word that the state knows. Who asks now has seen that word, and another machine's
// clock being ahead of ours must not make it the later one.
func after(s consent.State, now time.Time) time.Time {
	now = now.UTC().Truncate(time.Microsecond) // as the ledger keeps it
	for _, m := range []consent.Mark{s.Updates, s.Offers, s.Reach} {
		if !now.After(m.At) {
			now = m.At.Add(time.Microsecond)
		}
	}
	return now
}

// passing gives a write that lost to others the kind that asks to come again.
func passing(op string, err error) error {
	if errors.Is(err, store.ErrConflict) {
		return fault.Wrap(fault.Unavailable, op, err)
	}
	return err
}
