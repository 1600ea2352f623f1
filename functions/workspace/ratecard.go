package workspace

import (
	"net/http"
	"strconv"

	"github.com/eshopbox/whatsapp-notifications/shared/billing"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
)

func (h *handler) listRateCards(c *call) error {
	cards, stale, err := h.Workspace.RateCards(c.r.Context(), c.caller)
	if err != nil {
		return err
	}

	return httpx.WriteJSON(c.w, http.StatusOK, struct {
		RateCards billing.Cards `json:"rateCards"`
		// Stale are the currencies whose newest card is from before this quarter.
		Stale []string `json:"stale"`
	}{cards, append([]string{}, stale...)})
}

func (h *handler) putRateCard(c *call) error {
	forced := false
	if text := c.r.URL.Query().Get("force"); text != "" {
		var err error
		if forced, err = strconv.ParseBool(text); err != nil {
			return fault.Field("force", "must be true or false")
		}
	}

	text, err := c.body()
	if err != nil {
		return err
	}
	if err = httpx.CheckJSON(text, httpx.MaxDepth); err != nil {
		return err
	}

	card, created, err := h.Workspace.PutRateCard(c.r.Context(), c.caller, c.args["version"], text, forced)
	if err != nil && fault.Is(err, fault.Invalid) {
		// The field may be a word of the caller's.
		field, msg := fault.Public(err)
		return &fault.Error{Kind: fault.Invalid, Field: field, LogField: "card", Msg: msg}
	}
	if err != nil {
		return err
	}
	if created {
		return httpx.WriteJSON(c.w, http.StatusCreated, card)
	}

	return httpx.WriteJSON(c.w, http.StatusOK, card)
}
