package workspace

import (
	"net/http"

	"github.com/eshopbox/whatsapp-notifications/shared/billing"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/usage"
)

// moneyBody is an amount in millionths of the currency's unit.
type moneyBody struct {
	Micros   int64  `json:"micros"`
	Currency string `json:"currency"`
}

// moneyOf returns an amount; nil for none.
func moneyOf(m *billing.Money) *moneyBody {
	if m == nil {
		return nil
	}

	return &moneyBody{m.Micros, m.Currency}
}

// eventEstimateBody is what an event would cost.
type eventEstimateBody struct {
	Resource     string `json:"resource"`
	EventSubType string `json:"eventSubType"`
	Messages     int64  `json:"messages"`
	// Category is absent where nobody knows it, Price null where no rate card has one, Cost null without days too.
	Category billing.Category `json:"category,omitempty"`
	Price    *moneyBody       `json:"price"`
	Cost     *moneyBody       `json:"cost"`
}

// restsOnBody is what estimates rest on.
type restsOnBody struct {
	Days int `json:"days"`
	// From and To are absent if there are no days.
	From string `json:"from,omitempty"`
	To   string `json:"to,omitempty"`
}

func restsOnOf(e usage.Estimate) restsOnBody {
	return restsOnBody{e.Days, string(e.From), string(e.To)}
}

// costEstimateBody is what notifications would cost.
type costEstimateBody struct {
	restsOnBody
	Charged       bool                `json:"charged"`
	Messages      int64               `json:"messages"`
	Cost          *moneyBody          `json:"cost"`
	Notifications []eventEstimateBody `json:"notifications"`
	// CardVersion is null if no rate card has a price.
	CardVersion *string `json:"cardVersion"`
}

func costEstimateOf(e usage.Estimate) costEstimateBody {
	body := costEstimateBody{
		restsOnBody: restsOnOf(e),
		Charged:     e.Charged,
		Messages:    e.Messages,
		Cost:        moneyOf(e.Cost),
	}
	if e.Card != "" {
		body.CardVersion = &e.Card
	}

	for _, one := range e.Events {
		body.Notifications = append(body.Notifications, eventEstimateBody{
			Resource:     one.Kind.Resource,
			EventSubType: one.Kind.SubType,
			Messages:     one.Messages,
			Category:     one.Category,
			Price:        moneyOf(one.Price),
			Cost:         moneyOf(one.Cost),
		})
	}

	return body
}

func (h *handler) estimateCost(c *call) error {
	var fields struct {
		Notifications []struct {
			Resource     string `json:"resource" api:"required"`
			EventSubType string `json:"eventSubType" api:"required"`
		} `json:"notifications" api:"required"`
	}
	if err := c.decode(&fields); err != nil {
		return err
	}

	n, err := h.Workspace.Notifications(c.r.Context(), c.caller, c.args["accountId"], c.app())
	if err != nil {
		return err
	}

	events := make([]order.Kind, len(fields.Notifications))
	for i, f := range fields.Notifications {
		events[i] = order.Kind{Resource: f.Resource, SubType: f.EventSubType}
	}

	e, err := h.Book.Estimate(c.r.Context(), c.caller, n, events)
	if err != nil {
		return err
	}

	return httpx.WriteJSON(c.w, http.StatusOK, costEstimateOf(e))
}

// volumeBody is how many messages an event would have, and what they would cost; Cost is null where that is not known.
type volumeBody struct {
	Messages int64      `json:"messages"`
	Cost     *moneyBody `json:"cost"`
}

// estimates are those of a page.
type estimates struct {
	restsOn *restsOnBody
	of      map[order.Kind]*volumeBody
}

// estimates returns what events would cost at an app whose messages are charged, for a person who is about to agree to it; nothing at any
// other app.
func (h *handler) estimates(c *call, n settings.Notifications) (estimates, error) {
	if n.Charges == nil {
		return estimates{}, nil
	}

	e, err := h.Book.Estimate(c.r.Context(), c.caller, n, nil)
	if err != nil {
		return estimates{}, err
	}

	restsOn := restsOnOf(e)

	all := estimates{&restsOn, map[order.Kind]*volumeBody{}}
	for _, one := range e.Events {
		all.of[one.Kind] = &volumeBody{one.Messages, moneyOf(one.Cost)}
	}

	return all, nil
}
