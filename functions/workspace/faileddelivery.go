package workspace

import (
	"net/http"

	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/usage"
)

// minutesBody is how long something took, by percentiles.
type minutesBody struct {
	P50 int64 `json:"p50"`
	P95 int64 `json:"p95"`
}

// failedBody is what failed deliveries led to.
type failedBody struct {
	Failed            int64 `json:"failed"`
	Asked             int64 `json:"asked"`
	Delivered         int64 `json:"delivered"`
	Read              int64 `json:"read"`
	Answered          int64 `json:"answered"`
	ActionAccepted    int64 `json:"actionAccepted"`
	DeliveredAfterAll int64 `json:"deliveredAfterAll"`
	Returned          int64 `json:"returned"`
	// MinutesToAsk and MinutesToAction are null without any, CostPerRescuedMicros if nothing was delivered after all.
	MinutesToAsk         *minutesBody `json:"minutesToAsk"`
	MinutesToAction      *minutesBody `json:"minutesToAction"`
	CostMicros           int64        `json:"costMicros"`
	CostPerRescuedMicros *int64       `json:"costPerRescuedMicros"`
}

type failedDayBody struct {
	Day string `json:"day"`
	failedBody
}

type failedDeliveriesBody struct {
	From            string          `json:"from"`
	To              string          `json:"to"`
	Zone            string          `json:"zone"`
	Currency        string          `json:"currency"`
	Days            []failedDayBody `json:"days"`
	Totals          failedBody      `json:"totals"`
	OtherCurrencies []string        `json:"otherCurrencies"`
}

func failedOf(d usage.FailedDay) failedBody {
	return failedBody{
		Failed:               d.Failed,
		Asked:                d.Asked,
		Delivered:            d.Delivered,
		Read:                 d.Read,
		Answered:             d.Answered,
		ActionAccepted:       d.Accepted,
		DeliveredAfterAll:    d.DeliveredAfterAll,
		Returned:             d.Returned,
		MinutesToAsk:         minutesOf(d.ToAsk),
		MinutesToAction:      minutesOf(d.ToAction),
		CostMicros:           d.CostMicros,
		CostPerRescuedMicros: d.PerRescueMicros,
	}
}

// minutesOf returns percentiles; nil for none.
func minutesOf(m *usage.Minutes) *minutesBody {
	if m == nil {
		return nil
	}

	return &minutesBody{m.P50, m.P95}
}

func (h *handler) getFailedDeliveries(c *call) error {
	asked := c.r.URL.Query()

	table, err := c.wantsTable()
	if err != nil {
		return err
	}

	r, err := h.Book.FailedDeliveries(c.r.Context(), c.caller, c.args["accountId"], usage.FailedQuery{
		From:     asked.Get("from"),
		To:       asked.Get("to"),
		Currency: asked.Get("currency"),
	})
	if err != nil {
		return err
	}

	if table {
		return c.answerTable("failed-deliveries", r.From, r.To, r.CSV())
	}

	body := failedDeliveriesBody{
		From:            string(r.From),
		To:              string(r.To),
		Zone:            r.Zone,
		Currency:        r.Currency,
		Days:            []failedDayBody{},
		Totals:          failedOf(r.Total),
		OtherCurrencies: append([]string{}, r.OtherCurrencies...),
	}
	for _, d := range r.Days {
		body.Days = append(body.Days, failedDayBody{string(d.Day), failedOf(d)})
	}

	return httpx.WriteJSON(c.w, http.StatusOK, body)
}
