package workspace

import (
	"net/http"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/billing"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/usage"
)

func (h *handler) getReceipt(c *call) error {
	r, err := h.Book.Receipt(c.r.Context(), c.caller, c.args["accountId"], c.args["messageId"])
	if err != nil {
		return err
	}

	switch c.r.URL.Query().Get("format") {
	case "", "json":
		return httpx.WriteJSON(c.w, http.StatusOK, receiptOf(r))
	case "proof":
		return h.proveReceipt(c, r)
	default:
		return fault.Field("format", "must be json or proof")
	}
}

func receiptOf(r usage.Receipt) receiptBody {
	body := receiptBody{
		MessageID:  r.MessageID,
		Kind:       string(r.Kind),
		OrderID:    r.OrderID,
		Event:      r.Event,
		Shipment:   r.Shipment,
		Purpose:    r.Purpose,
		AppID:      r.AppID,
		Provider:   r.Provider,
		Ownership:  string(r.Ownership),
		Status:     string(r.Status),
		Reason:     string(r.Reason),
		CreatedAt:  moment(r.CreatedAt),
		OccurredAt: momentOr(r.OccurredAt),
		Consent:    consentProofBody{r.Consent.Status, consentEntryOf(r.Consent.Entry)},
		Settings:   settingsProofOf(r.Settings),
		Template:   templateProofOf(r.Template),
		Estimate:   estimateProofOf(r.Estimate),
		Extra:      []chargeProofBody{},
		Words:      []wordBody{},
		Attempts:   []tryBody{},
		Lacks:      append([]string{}, r.Lacks...),
	}

	if r.Charge.Happened() {
		charge := chargeProofOf(r.Charge)
		body.Charge = &charge
	}

	for _, extra := range r.Extra {
		body.Extra = append(body.Extra, chargeProofOf(extra))
	}

	for _, w := range r.Words {
		word := wordBody{
			Attempt:  w.Attempt,
			Callback: w.Callback,
			Model:    w.Model,
			Category: w.Category,
			Type:     w.Type,
			Source:   w.Source,
			At:       momentOr(w.At),
		}
		if w.Known {
			word.Billable = &w.Billable
		}

		body.Words = append(body.Words, word)
	}

	for _, a := range r.Attempts {
		body.Attempts = append(body.Attempts, tryOf(a))
	}

	return body
}

func consentEntryOf(e *consent.Entry) *consentEntryBody {
	if e == nil {
		return nil
	}

	return &consentEntryBody{
		Sequence:      e.Sequence,
		Action:        string(e.Action),
		Source:        string(e.Source),
		Purpose:       string(e.Purpose),
		NoticeVersion: e.NoticeVersion,
		NoticeHash:    e.NoticeHash,
		OccurredAt:    moment(e.OccurredAt),
		RecordedAt:    moment(e.RecordedAt),
		Hash:          e.Hash,
	}
}

func settingsProofOf(s usage.SettingsProof) *settingsProofBody {
	if s.Number == 0 {
		return nil
	}

	body := &settingsProofBody{Version: s.Number, At: momentOr(s.At), Action: s.Action}
	if !s.At.IsZero() {
		by := author(s.By)
		body.By = &by
	}

	return body
}

func templateProofOf(t usage.TemplateProof) *templateProofBody {
	if t.ID == "" {
		return nil
	}

	body := &templateProofBody{ID: t.ID, Exact: t.Exact}
	if c := t.Copy; c != nil {
		body.Copy = &templateCopyBody{approvedOf(c.Template), momentOr(c.CheckedAt)}
	}

	return body
}

func priceRowOf(row *billing.PriceRow) *priceRowBody {
	if row == nil {
		return nil
	}

	return &priceRowBody{row.Version, row.Currency, string(row.From), string(row.Until), row.Market, string(row.Category), row.Micros}
}

func estimateProofOf(e usage.EstimateProof) *estimateProofBody {
	if e.Category == "" {
		return nil
	}

	return &estimateProofBody{e.Category, e.Micros, e.Currency, e.Card, e.MarkupBasisPoints, priceRowOf(e.Row)}
}

func chargeProofOf(c usage.ChargeProof) chargeProofBody {
	return chargeProofBody{
		Basis:    string(c.Basis),
		Attempt:  c.Attempt,
		Type:     c.Type,
		Category: strings.ToLower(c.Category),
		Micros:   c.Price.Micros,
		Currency: c.Price.Currency,
		Card:     c.Card,
		At:       momentOr(c.At),
		Row:      priceRowOf(c.Row),
	}
}

func tryOf(a usage.Try) tryBody {
	body := tryBody{
		Number:            a.Number,
		ClaimedAt:         momentOr(a.ClaimedAt),
		Status:            string(a.Status),
		Times:             []reachedBody{},
		ProviderIDs:       append([]string{}, a.ProviderIDs...),
		Class:             string(a.Class),
		Code:              a.Code,
		PossibleDuplicate: a.PossibleDuplicate,
		Silence:           string(a.Silence),
	}

	for _, reached := range a.Times {
		body.Times = append(body.Times, reachedBody{string(reached.Status), moment(reached.At)})
	}

	return body
}
