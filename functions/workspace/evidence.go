package workspace

import (
	"bytes"
	"net/http"

	"github.com/eshopbox/whatsapp-notifications/shared/evidence"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
)

// evidenceBody is what is known of one failed attempt.
type evidenceBody struct {
	AccountID     string         `json:"accountId"`
	Brand         string         `json:"brand"`
	OrderID       string         `json:"orderId"`
	Number        string         `json:"number,omitempty"`
	OrderedOn     string         `json:"orderedOn,omitempty"`
	Event         string         `json:"event"`
	Shipment      string         `json:"shipment"`
	TrackingID    string         `json:"trackingId,omitempty"`
	Courier       string         `json:"courier,omitempty"`
	Attempt       int            `json:"attempt"`
	Attempts      int            `json:"attempts"`
	FailedAt      string         `json:"failedAt"`
	CourierReason string         `json:"courierReason,omitempty"`
	CourierReadAt string         `json:"courierReadAt,omitempty"`
	CustomerKey   string         `json:"customerKey,omitempty"`
	Recipient     string         `json:"recipient,omitempty"`
	SentAt        string         `json:"sentAt,omitempty"`
	DeliveredAt   string         `json:"deliveredAt,omitempty"`
	MessageReadAt string         `json:"readAt,omitempty"`
	MadeAt        string         `json:"madeAt"`
	Statuses      []statusAtBody `json:"statuses"`
	Answers       []shopperWord  `json:"answers"`
	Actions       []actionBody   `json:"actions"`
	Signs         []signBody     `json:"signs"`
	Lacks         []string       `json:"lacks"`
	Receipt       receiptBody    `json:"receipt"`
}

// shopperWord is one message of the shopper, with the label of a button that was tapped; other texts are left out.
type shopperWord struct {
	At      string `json:"at"`
	ReplyID string `json:"replyId"`
	Type    string `json:"type"`
	Tap     bool   `json:"tap"`
	Label   string `json:"label,omitempty"`
	Keyword string `json:"keyword,omitempty"`
}

type statusAtBody struct {
	Status string `json:"status"`
	At     string `json:"at"`
}

type signBody struct {
	Sign     string `json:"sign"`
	Against  bool   `json:"against"`
	Sentence string `json:"sentence"`
}

func evidenceOf(s evidence.Sheet) evidenceBody {
	body := evidenceBody{
		AccountID:     s.AccountID,
		Brand:         s.Brand,
		OrderID:       s.OrderID,
		Number:        s.Number,
		OrderedOn:     s.OrderedOn,
		Event:         s.Event,
		Shipment:      s.Shipment,
		TrackingID:    s.TrackingID,
		Courier:       s.Courier,
		Attempt:       s.Nth,
		Attempts:      s.Of,
		FailedAt:      moment(s.FailedAt),
		CourierReason: s.Reason,
		CourierReadAt: momentOr(s.ReadAt),
		CustomerKey:   s.CustomerKey,
		Recipient:     s.Recipient,
		SentAt:        momentOr(s.Sent()),
		DeliveredAt:   momentOr(s.Delivered()),
		MessageReadAt: momentOr(s.Read()),
		MadeAt:        moment(s.MadeAt),
		Statuses:      []statusAtBody{},
		Answers:       []shopperWord{},
		Actions:       []actionBody{},
		Signs:         []signBody{},
		Lacks:         s.Lacks(),
		Receipt:       receiptOf(s.Receipt),
	}

	for _, at := range s.Statuses {
		body.Statuses = append(body.Statuses, statusAtBody{at.Status, moment(at.At)})
	}

	for _, a := range s.Answers {
		body.Answers = append(body.Answers, shopperWord{moment(a.At), a.ID, a.Type, a.Tap, a.Label, a.Keyword})
	}

	for _, e := range s.Actions {
		body.Actions = append(body.Actions, *entryOf(e).Action)
	}

	for _, sign := range s.Signs {
		body.Signs = append(body.Signs, signBody{string(sign.Name), sign.Against, sign.Sentence})
	}

	return body
}

func (h *handler) getEvidence(c *call) error {
	s, err := h.Evidence.OfMessage(c.r.Context(), c.caller, c.args["accountId"], c.args["messageId"])
	if err != nil {
		return err
	}

	switch c.r.URL.Query().Get("format") {
	case "html":
		return c.print([]evidence.Sheet{s})
	case "json", "":
		return httpx.WriteJSON(c.w, http.StatusOK, evidenceOf(s))
	case "proof":
		return h.proveEvidence(c, s)
	default:
		return fault.Field("format", "must be json, html or proof")
	}
}

func (h *handler) getOrderEvidence(c *call) error {
	sheets, err := h.Evidence.OfOrder(c.r.Context(), c.caller, c.args["accountId"], c.args["orderId"])
	if err != nil {
		return err
	}

	switch c.r.URL.Query().Get("format") {
	case "html":
		return c.print(sheets)
	case "json", "":
	default:
		return fault.Field("format", "must be json or html")
	}

	body := struct {
		Sheets []evidenceBody `json:"sheets"`
	}{[]evidenceBody{}}
	for _, s := range sheets {
		body.Sheets = append(body.Sheets, evidenceOf(s))
	}

	return httpx.WriteJSON(c.w, http.StatusOK, body)
}

// print answers with sheets as a page to print.
func (c *call) print(sheets []evidence.Sheet) error {
	var b bytes.Buffer
	if err := evidence.Page(&b, sheets); err != nil {
		return fault.Wrap(fault.Internal, "workspace.print", err)
	}

	c.w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")

	return httpx.WriteBytes(c.w, http.StatusOK, "text/html; charset=utf-8", b.Bytes())
}
