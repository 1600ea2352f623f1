package workspace

import (
	"cmp"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/customers"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
)

// maxImport is the most bytes of a file. Cloud Run takes no longer body over HTTP/1.
const maxImport = 32 << 20

// importCustomers answers while it reads: each row's result as soon as it is there, and at the end how far it came.
func (h *handler) importCustomers(c *call) error {
	if err := httpx.RequireType(c.r, "text/csv"); err != nil {
		return err
	}

	from, err := importFrom(c.r.URL.Query().Get("from"))
	if err != nil {
		return err
	}

	var write resultWriter

	switch c.r.URL.Query().Get("format") {
	case "", "ndjson":
		write = &jsonResults{json.NewEncoder(c.w)}
	case "csv":
		write = &csvResults{out: csv.NewWriter(c.w)}
	default:
		return fault.Field("format", "must be ndjson or csv")
	}

	body, err := httpx.StreamBody(c.w, c.r, maxImport)
	if err != nil {
		return err
	}

	ctx, cancel := httpx.Extend(c.w, c.r, h.importTimeout)
	defer cancel()

	a := &importAnswer{resultWriter: write, w: c.w}

	done, err := h.Customers.Import(ctx, c.caller, c.args["accountId"], customers.File{Text: body, From: from}, a.write)
	if err != nil && !a.began {
		return err
	}
	if unsent := a.end(done, err); err == nil {
		err = unsent
	}

	return err
}

// importFrom reads the line to begin with.
func importFrom(text string) (int, error) {
	if text == "" {
		return 0, nil
	}

	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return 0, fault.Field("from", "must be the line of a row, as an answer has it in next")
	}

	return n, nil
}

// resultWriter writes results in some format.
type resultWriter interface {
	// Type is the media type.
	Type() string
	// Row writes a row's result, End how it ended.
	Row(r customers.RowResult) error
	End(e importEnd) error
}

// importEnd is how an import ended.
type importEnd struct {
	// End is "complete" or "stopped".
	End  string `json:"end"`
	Rows int    `json:"rows"`
	// Results are how many rows had which result.
	Results map[customers.Verdict]int `json:"results"`
	// Next is the line to go on from, Why says why it stopped; both are absent of an import that is complete.
	Next int    `json:"next,omitempty"`
	Why  string `json:"why,omitempty"`
}

// importAnswer is the answer to an import, which begins with the first result.
type importAnswer struct {
	resultWriter

	w     http.ResponseWriter
	began bool
}

func (a *importAnswer) begin() {
	if !a.began {
		a.began = true
		a.w.Header().Set("Content-Type", a.Type())
		a.w.WriteHeader(http.StatusOK)
	}
}

func (a *importAnswer) write(r customers.RowResult) error {
	a.begin()

	if err := a.Row(r); err != nil {
		return fault.Wrap(fault.Canceled, "workspace.importAnswer", err)
	}

	return a.flush()
}

// end says how the import ended, also of one without any row.
func (a *importAnswer) end(done customers.Imported, failed error) error {
	a.begin()

	e := importEnd{
		End:     "complete",
		Rows:    done.Rows,
		Results: done.Verdicts,
		Next:    done.Next,
	}
	if failed != nil {
		e.End, e.Why = "stopped", whyStopped(failed)
	}

	if err := a.End(e); err != nil {
		return fault.Wrap(fault.Canceled, "workspace.importAnswer", err)
	}

	return a.flush()
}

func (a *importAnswer) flush() error {
	err := http.NewResponseController(a.w).Flush()
	if errors.Is(err, http.ErrNotSupported) {
		return nil // it is sent in one piece
	}

	return fault.Wrap(fault.Canceled, "workspace.importAnswer", err)
}

// whyStopped says why an import stopped, in words for the caller.
func whyStopped(err error) string {
	if errors.Is(err, context.DeadlineExceeded) {
		return "the request has taken all the time that it may; send the rest"
	}

	field, words := fault.Public(err)

	return strings.TrimSpace(field + " " + words)
}

// rowBody is one row's result.
type rowBody struct {
	Row       int    `json:"row"`
	Result    string `json:"result"`
	Key       string `json:"key,omitempty"`
	Status    string `json:"status,omitempty"`
	Marketing *bool  `json:"marketing,omitempty"`
	Field     string `json:"field,omitempty"`
	Why       string `json:"why,omitempty"`
}

func rowBodyOf(r customers.RowResult) rowBody {
	body := rowBody{
		Row:    r.Row,
		Result: string(r.Verdict),
		Key:    r.Key,
		Status: string(r.Status),
		Field:  r.Field,
		Why:    r.Why,
	}
	if r.Verdict != customers.Invalid {
		body.Marketing = &r.Marketing
	}

	return body
}

// jsonResults writes one JSON object a line.
type jsonResults struct{ out *json.Encoder }

func (*jsonResults) Type() string { return "application/x-ndjson" }

func (j *jsonResults) Row(r customers.RowResult) error { return j.out.Encode(rowBodyOf(r)) }

func (j *jsonResults) End(e importEnd) error { return j.out.Encode(e) }

// csvResults writes a table whose last row says how it ended.
type csvResults struct {
	out   *csv.Writer
	began bool
}

func (*csvResults) Type() string { return "text/csv; charset=utf-8" }

func (c *csvResults) Row(r customers.RowResult) error {
	b := rowBodyOf(r)

	marketing := ""
	if b.Marketing != nil {
		marketing = strconv.FormatBool(*b.Marketing)
	}

	return c.line(strconv.Itoa(b.Row), b.Result, b.Key, b.Status, marketing, b.Field, b.Why)
}

func (c *csvResults) End(e importEnd) error {
	next := ""
	if e.Next > 0 {
		next = strconv.Itoa(e.Next)
	}

	return c.line(next, e.End, "", "", "", "", cmp.Or(e.Why, strconv.Itoa(e.Rows)+" rows"))
}

func (c *csvResults) line(fields ...string) error {
	if !c.began {
		c.began = true

		if err := c.out.Write([]string{"row", "result", "key", "status", "marketing", "field", "why"}); err != nil {
			return err
		}
	}

	if err := c.out.Write(fields); err != nil {
		return err
	}

	c.out.Flush()

	return c.out.Error()
}
