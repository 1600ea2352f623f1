package console

import (
	"context"
	"errors"
	"io"
	"mime/multipart"
	"strconv"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/customers"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
)

const (
	// maxImport is the most bytes of a file. Cloud Run takes no longer body over HTTP/1.
	maxImport = 32 << 20
	// reportRows is how many rows of each kind a report shows.
	reportRows = 200
	// maxLine is the longest number of a line that is read, in bytes.
	maxLine = 20
)

// importReport says what an import made of each row.
type importReport struct {
	// Dry says that nothing was written.
	Dry bool
	customers.Imported

	// Odd are rows that were not taken, or whose shopper has taken the consent back; Fine the others. More says that there were more.
	Odd, Fine []customers.RowResult
	More      bool
	// Stopped says why it stopped before the end; empty if it did not.
	Stopped string
}

// take notes a row.
func (r *importReport) take(row customers.RowResult) error {
	list := &r.Fine
	if row.Verdict == customers.Invalid || row.Verdict == customers.Kept {
		list = &r.Odd
	}

	if len(*list) == reportRows {
		r.More = true
		return nil
	}

	*list = append(*list, row)

	return nil
}

// importShoppers brings shoppers in from a file, or only checks it, and answers with a report of its rows.
func (h *handler) importShoppers(c *call) error {
	if err := c.caller.May(access.Write, c.accountID()); err != nil {
		return err
	}

	// The page's name is read in the usual time; the rest may take longer.
	if err := c.name(); err != nil {
		return err
	}

	ctx, cancel := httpx.Extend(c.w, c.r, h.cfg.ImportTimeout)
	defer cancel()

	view := h.consentOf(c)
	report, err := h.importFile(ctx, c, &view)
	p := consentPage()

	if err != nil {
		var status int
		if p.Problem, status, err = c.refused(err, "Nothing was brought in", consentLabel); err != nil {
			return err
		}

		return c.showWith(status, "consent", p, view)
	}

	view.Report = &report

	if report.Next > 0 {
		view.From = strconv.Itoa(report.Next)
	}

	return c.show("consent", p, view)
}

// importFile reads the form, whose file comes last, and has the rows imported as they come.
func (h *handler) importFile(ctx context.Context, c *call, view *consentView) (importReport, error) {
	report := importReport{Dry: c.r.URL.Query().Get("check") == "yes"}

	body, err := httpx.StreamBody(c.w, c.r, maxImport)
	if err != nil {
		return report, err
	}

	c.r.Body = io.NopCloser(body)

	parts, err := c.r.MultipartReader()
	if err != nil {
		return report, fault.New(fault.UnsupportedMediaType, "console.importFile", "choose a file, and send it with the form of this page")
	}

	for {
		part, err := parts.NextPart()

		switch {
		case errors.Is(err, io.EOF):
			return report, fault.Field("file", "is missing: choose one")
		case err != nil:
			return report, fault.New(fault.Invalid, "console.importFile", "the form did not arrive whole")
		case part.FormName() == "from":
			if view.From, err = shortText(part); err != nil {
				return report, err
			}
		case part.FormName() == "file":
			return h.importPart(ctx, c, report, view.From, part)
		}
	}
}

// shortText reads a field of a form.
func shortText(part *multipart.Part) (string, error) {
	text, err := io.ReadAll(io.LimitReader(part, maxLine))
	if err != nil {
		return "", fault.New(fault.Invalid, "console.importFile", "the form did not arrive whole")
	}

	return strings.TrimSpace(string(text)), nil
}

// importPart imports the rows of the form's file.
func (h *handler) importPart(ctx context.Context, c *call, report importReport, from string, part *multipart.Part) (importReport, error) {
	line := 0

	if from != "" {
		var err error
		if line, err = strconv.Atoi(from); err != nil || line < 1 {
			return report, fault.Field("from", "must be the number of a line, or empty for all")
		}
	}

	if part.FileName() == "" {
		return report, fault.Field("file", "is missing: choose one")
	}

	var err error

	began := false
	report.Imported, err = h.Customers.Import(ctx, c.caller, c.accountID(), customers.File{Text: part, From: line, Dry: report.Dry}, func(row customers.RowResult) error {
		began = true
		return report.take(row)
	})

	if err != nil && began {
		_, report.Stopped = fault.Public(err)
		if errors.Is(err, context.DeadlineExceeded) {
			report.Stopped = "it took all the time that it may"
		}

		return report, nil
	}
	if err != nil && fault.Is(err, fault.Invalid) {
		_, msg := fault.Public(err)
		err = fault.Field("file", msg)
	}

	return report, err
}
