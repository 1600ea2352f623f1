package workspace

import (
	"net/http"
	"slices"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/billing"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/usage"
)

// figuresBody is counts of messages, and sums in millionths of the currency's unit.
type figuresBody struct {
	Sent            int64 `json:"sent"`
	Delivered       int64 `json:"delivered"`
	Read            int64 `json:"read"`
	Failed          int64 `json:"failed"`
	Refused         int64 `json:"refused"`
	Open            int64 `json:"open"`
	Charged         int64 `json:"charged"`
	Free            int64 `json:"free"`
	Extra           int64 `json:"extra"`
	EstimatedMicros int64 `json:"estimatedMicros"`
	ActualMicros    int64 `json:"actualMicros"`
}

func figuresOf(f billing.Figures) figuresBody {
	return figuresBody{
		Sent:            f.Sent,
		Delivered:       f.Delivered,
		Read:            f.Read,
		Failed:          f.Failed,
		Refused:         f.Refused,
		Open:            f.Open,
		Charged:         f.Charged,
		Free:            f.Free,
		Extra:           f.Extra,
		EstimatedMicros: f.EstimatedMicros,
		ActualMicros:    f.ActualMicros,
	}
}

// usageRowBody has, of its keys, those that rows are grouped by; a message may have none of one, such as a refused one no app.
type usageRowBody struct {
	Day       *string `json:"day,omitempty"`
	App       *string `json:"app,omitempty"`
	Template  *string `json:"template,omitempty"`
	Ownership *string `json:"ownership,omitempty"`
	Event     *string `json:"event,omitempty"`
	Category  *string `json:"category,omitempty"`
	figuresBody
}

// unmatchedBody is what billing lacks.
type unmatchedBody struct {
	WithoutActual  int64 `json:"withoutActual"`
	WithoutMessage int64 `json:"withoutMessage"`
}

type projectionBody struct {
	Days   int   `json:"days"`
	Sent   int64 `json:"sent"`
	Micros int64 `json:"micros"`
}

type extraBody struct {
	Day       string `json:"day"`
	MessageID string `json:"messageId"`
	App       string `json:"app"`
	Attempt   int    `json:"attempt"`
	Category  string `json:"category"`
	Micros    int64  `json:"micros"`
	Currency  string `json:"currency"`
}

type closedAgainBody struct {
	Day      string `json:"day"`
	Closings int64  `json:"closings"`
	ClosedAt string `json:"closedAt"`
}

// freeBody is what is left of the service messages that a number has free.
type freeBody struct {
	App      string `json:"app"`
	Month    string `json:"month"`
	Messages int64  `json:"messages"`
	Left     int64  `json:"left"`
}

type usageBody struct {
	From      string         `json:"from"`
	To        string         `json:"to"`
	Zone      string         `json:"zone"`
	Currency  string         `json:"currency"`
	Rows      []usageRowBody `json:"rows"`
	Totals    figuresBody    `json:"totals"`
	Unmatched unmatchedBody  `json:"unmatched"`
	// Projection is null unless today is in the range and it has a message from before today.
	Projection *projectionBody `json:"projection"`
	// OpenFrom is absent if every day is closed.
	OpenFrom        string            `json:"openFrom,omitempty"`
	ClosedAgain     []closedAgainBody `json:"closedAgain"`
	Extra           []extraBody       `json:"extra"`
	OtherCurrencies []string          `json:"otherCurrencies"`
	FreeService     []freeBody        `json:"freeService"`
}

func (h *handler) getUsage(c *call) error {
	asked := c.r.URL.Query()

	table, err := c.wantsTable()
	if err != nil {
		return err
	}

	r, err := h.Book.Usage(c.r.Context(), c.caller, c.args["accountId"], usage.Query{
		From:     asked.Get("from"),
		To:       asked.Get("to"),
		GroupBy:  asked.Get("groupBy"),
		Currency: asked.Get("currency"),
	})
	if err != nil {
		return err
	}

	if table {
		return c.answerTable("usage", r.From, r.To, r.CSV())
	}

	return httpx.WriteJSON(c.w, http.StatusOK, usageOf(r))
}

// wantsTable reports whether the request asks for CSV, by its query or else by its Accept.
func (c *call) wantsTable() (bool, error) {
	c.w.Header().Add("Vary", "Accept")

	switch c.r.URL.Query().Get("format") {
	case "csv":
		return true, nil
	case "json":
		return false, nil
	case "":
		return httpx.Prefers(c.r, "text/csv", "application/json"), nil
	default:
		return false, fault.Field("format", "must be csv or json")
	}
}

// answerTable answers with a table of what happened from one day to another, as a file for a spreadsheet.
func (c *call) answerTable(name string, from, to billing.Day, table []byte) error {
	c.w.Header().Set("Content-Disposition", `attachment; filename="`+name+`-`+string(from)+`-`+string(to)+`.csv"`)

	return httpx.WriteBytes(c.w, http.StatusOK, "text/csv; charset=utf-8", table)
}

func usageOf(r usage.Report) usageBody {
	body := usageBody{
		From:            string(r.From),
		To:              string(r.To),
		Zone:            r.Zone,
		Currency:        r.Currency,
		Rows:            []usageRowBody{},
		Totals:          figuresOf(r.Total),
		Unmatched:       unmatchedBody{WithoutActual: r.Total.WithoutActual, WithoutMessage: r.WithoutMessage},
		OpenFrom:        string(r.OpenFrom),
		ClosedAgain:     []closedAgainBody{},
		Extra:           []extraBody{},
		OtherCurrencies: append([]string{}, r.OtherCurrencies...),
		FreeService:     []freeBody{},
	}

	for _, row := range r.Rows {
		body.Rows = append(body.Rows, usageRowOf(r.GroupBy, row))
	}

	for _, d := range r.ClosedAgain {
		body.ClosedAgain = append(body.ClosedAgain, closedAgainBody{string(d.Day), d.Closings, moment(d.ClosedAt)})
	}

	for _, e := range r.Extra {
		body.Extra = append(body.Extra, extraBody{string(e.Day), e.MessageID, e.AppID, e.Attempt, e.Category, e.Price.Micros, e.Price.Currency})
	}

	for _, f := range r.FreeService {
		body.FreeService = append(body.FreeService, freeBody{f.AppID, f.Month, f.Messages, f.Left})
	}
	if p := r.Projection; p != nil {
		body.Projection = &projectionBody{p.Days, p.Sent, p.Micros}
	}

	return body
}

func usageRowOf(groupBy []string, row billing.Row) usageRowBody {
	body := usageRowBody{figuresBody: figuresOf(row.Figures)}

	key := func(name, value string) *string {
		if !slices.Contains(groupBy, name) {
			return nil
		}

		return &value
	}
	body.Day = key("day", string(row.Day))
	body.App = key("app", row.AppID)
	body.Template = key("template", row.TemplateID)
	body.Ownership = key("ownership", string(row.Ownership))
	body.Event = key("event", row.Event)
	body.Category = key("category", strings.ToLower(row.Category))

	return body
}
