package workspace

import (
	"errors"
	"net/http"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/customers"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// customerBody says what holds for a customer.
type customerBody struct {
	Key string `json:"key"`
	// OtherKey is that of the customer of the number's other spelling, if there is one.
	OtherKey  string  `json:"otherKey,omitempty"`
	Status    string  `json:"status"`
	Marketing bool    `json:"marketing"`
	Updates   mayBody `json:"orderUpdates"`
	Offers    mayBody `json:"offers"`
	Since     string  `json:"since,omitempty"`
	Entries   int64   `json:"entries"`
}

// mayBody says whether messages of a purpose may be sent, and if not why.
type mayBody struct {
	Allowed bool   `json:"allowed"`
	Because string `json:"because,omitempty"`
}

func mayOf(unwanted message.Reason) mayBody {
	return mayBody{Allowed: unwanted == "", Because: string(unwanted)}
}

func customerOf(s customers.Summary) customerBody {
	return customerBody{
		Key:       s.Key,
		OtherKey:  s.OtherKey,
		Status:    string(s.Status),
		Marketing: s.Marketing,
		Updates:   mayOf(s.Unwanted),
		Offers:    mayOf(s.UnwantedOffers),
		Since:     momentOr(s.Since),
		Entries:   s.Entries,
	}
}

// searchCustomer takes the number in the body: a path would bring it into the platform's logs.
func (h *handler) searchCustomer(c *call) error {
	var fields struct {
		Phone string `json:"phone" api:"required"`
	}
	if err := c.decode(&fields); err != nil {
		return err
	}

	s, err := h.Customers.Search(c.r.Context(), c.caller, c.args["accountId"], fields.Phone)
	if err != nil {
		return err
	}

	return httpx.WriteJSON(c.w, http.StatusOK, customerOf(s))
}

// ledgerEntryBody is an entry of a customer's ledger with all that its hash is over.
type ledgerEntryBody struct {
	Sequence      int64  `json:"sequence"`
	Action        string `json:"action"`
	Source        string `json:"source"`
	Purpose       string `json:"purpose,omitempty"`
	Reference     string `json:"reference,omitempty"`
	NoticeVersion string `json:"noticeVersion,omitempty"`
	NoticeHash    string `json:"noticeHash,omitempty"`
	Actor         string `json:"actor,omitempty"`
	RequestID     string `json:"requestId,omitempty"`
	OccurredAt    string `json:"occurredAt"`
	RecordedAt    string `json:"recordedAt"`
	Subject       string `json:"subject,omitempty"`
	PreviousHash  string `json:"previousHash,omitempty"`
	Hash          string `json:"hash"`
}

func ledgerEntryOf(e consent.Entry) ledgerEntryBody {
	return ledgerEntryBody{
		Sequence:      e.Sequence,
		Action:        string(e.Action),
		Source:        string(e.Source),
		Purpose:       string(e.Purpose),
		Reference:     e.SourceRef,
		NoticeVersion: e.NoticeVersion,
		NoticeHash:    e.NoticeHash,
		Actor:         e.Actor,
		RequestID:     e.RequestID,
		OccurredAt:    exact(e.OccurredAt),
		RecordedAt:    exact(e.RecordedAt),
		Subject:       e.Subject,
		PreviousHash:  e.PreviousHash,
		Hash:          e.Hash,
	}
}

// chainBody says whether a ledger is as it was written.
type chainBody struct {
	Intact   bool   `json:"intact"`
	Entries  int    `json:"entries"`
	Head     string `json:"head,omitempty"`
	BrokenAt int64  `json:"brokenAt,omitempty"`
	Fault    string `json:"fault,omitempty"`
}

func (h *handler) listConsents(c *call) error {
	limit, err := c.limit()
	if err != nil {
		return err
	}

	page, err := h.Customers.Consents(c.r.Context(), c.caller, c.args["accountId"], c.args["customerKey"], c.r.URL.Query().Get("cursor"), limit)
	if err != nil {
		return err
	}

	body := struct {
		Customer customerBody      `json:"customer"`
		Chain    chainBody         `json:"chain"`
		Entries  []ledgerEntryBody `json:"entries"`
		// Next is the cursor of the next page; absent on the last one.
		Next string `json:"next,omitempty"`
	}{customerOf(page.Summary), chainBody(page.Chain), []ledgerEntryBody{}, page.Next}
	for _, e := range page.Entries {
		body.Entries = append(body.Entries, ledgerEntryOf(e))
	}

	return httpx.WriteJSON(c.w, http.StatusOK, body)
}

func (h *handler) addConsent(c *call) error {
	var fields struct {
		Action        string `json:"action" api:"required"`
		Source        string `json:"source" api:"required"`
		Purpose       string `json:"purpose" api:"required"`
		Reference     string `json:"reference" api:"required"`
		NoticeVersion string `json:"noticeVersion"`
		NoticeHash    string `json:"noticeHash"`
		// A time that is left out is now; one that is empty was forgotten.
		OccurredAt *string `json:"occurredAt"`
	}
	if err := c.decode(&fields); err != nil {
		return err
	}

	at, err := momentFrom("occurredAt", fields.OccurredAt)
	if err != nil {
		return err
	}

	result, err := h.Customers.Consent(c.r.Context(), c.caller, c.args["accountId"], c.args["customerKey"], customers.Said{
		Action:        consent.Action(fields.Action),
		Source:        consent.Source(fields.Source),
		Purpose:       consent.Purpose(fields.Purpose),
		Reference:     fields.Reference,
		NoticeVersion: fields.NoticeVersion,
		NoticeHash:    fields.NoticeHash,
		OccurredAt:    at,
	})
	if err != nil {
		return err
	}

	body := struct {
		Customer customerBody `json:"customer"`
		// Entry is null if none was added.
		Entry *ledgerEntryBody `json:"entry"`
	}{Customer: customerOf(result.Summary)}
	if result.Entry != nil {
		entry := ledgerEntryOf(*result.Entry)
		body.Entry = &entry
	}

	return httpx.WriteJSON(c.w, http.StatusOK, body)
}

// momentFrom reads a time of a request; the zero time of one that is left out.
func momentFrom(field string, text *string) (time.Time, error) {
	if text == nil {
		return time.Time{}, nil
	}

	at, err := time.Parse(time.RFC3339, *text)
	if err != nil || at.IsZero() { // the zero time is what clients write who have none
		return time.Time{}, fault.Field(field, "must be a time with its zone, such as 2026-11-20T10:20:12+05:30")
	}

	return at, nil
}

// postBlock takes the number in the body: a path would bring it into the platform's logs.
func (h *handler) postBlock(c *call) error {
	var fields struct {
		Phone     string `json:"phone" api:"required"`
		Action    string `json:"action" api:"required"`
		Reference string `json:"reference" api:"required"`
	}
	if err := c.decode(&fields); err != nil {
		return err
	}

	result, err := h.Customers.Block(c.r.Context(), c.caller, fields.Phone, consent.Action(fields.Action), fields.Reference)
	if err != nil {
		return err
	}

	return httpx.WriteJSON(c.w, http.StatusOK, struct {
		Customers int `json:"customers"`
		Changed   int `json:"changed"`
	}(result))
}

func (h *handler) eraseCustomer(c *call) error {
	var fields struct {
		Reason string `json:"reason" api:"required"`
	}
	if err := c.decode(&fields); err != nil {
		return err
	}

	done, err := h.Customers.Erase(c.r.Context(), c.caller, c.args["accountId"], c.args["customerKey"], fields.Reason, false)
	if busy, ok := errors.AsType[*customers.OnItsWayError](err); ok {
		c.w.Header().Set("Retry-After", wholeSeconds(busy.RetryAfter))
	}
	if err != nil {
		return err
	}

	return httpx.WriteJSON(c.w, http.StatusOK, struct {
		Documents map[string]int `json:"documents"`
		Ended     int            `json:"endedMessages"`
		Left      int            `json:"left"`
	}{done.Counts, done.Ended, done.Left})
}
