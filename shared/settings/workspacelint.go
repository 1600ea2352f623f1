package settings

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// lint returns what is wrong with a template and what fills it at an app: what [template.Lint] finds, and what the app's provider cannot send;
// then what WhatsApp may think of the template's text. It builds the request of the preview and makes no call, unless there is something to warn
// of: then the app's other templates are listed.
func (s shelf) lint(ctx context.Context, t template.Template, use template.Use) []template.Finding {
	return append(s.connection.lint(ctx, t, use), s.risks(ctx, t, use)...)
}

// lint returns what is wrong with a template and what fills it, of which the provider's client builds requests and sends none.
func (c connection) lint(ctx context.Context, t template.Template, use template.Use) []template.Finding {
	findings := template.Lint(t, use)

	sender, can := c.Provider.(provider.TemplateSender)
	if !can {
		return append(findings, template.Refusal("it sends no templates"))
	}

	d := draft{sender: sender, app: c.App, template: t, use: use, shown: template.Preview(t, use.Filling, use.Event)}
	findings = append(findings, d.unsendable(ctx)...)

	if slices.ContainsFunc(findings, func(f template.Finding) bool { return f.Severity == template.SeverityError }) {
		return findings
	}

	if err := d.build(ctx, t, d.values(), true); err != nil {
		why, _, _ := strings.Cut(err.Error(), "\n")
		findings = append(findings, template.Refusal(strings.TrimPrefix(why, c.Provider.Name()+": ")))
	}

	return findings
}

// draft is a message with sample values, which is built and never sent.
type draft struct {
	sender   provider.TemplateSender
	app      provider.App
	template template.Template
	use      template.Use
	shown    template.Previewed
}

// unsendable returns a finding for each part that the provider has no way to send.
func (d draft) unsendable(ctx context.Context) []template.Finding {
	var findings []template.Finding

	values := d.values()
	for _, part := range d.template.Parts() {
		if err := d.build(ctx, part.Template, values[part.From:part.To], false); errors.Is(err, provider.ErrUnsupported) {
			findings = append(findings, part.Unsendable())
		}
	}

	payment := d.use.Filling.Payment.Part
	if payment == "" {
		return findings
	}

	bare := template.Template{ID: d.template.ID, Name: d.template.Name, Language: d.template.Language}
	if err := d.build(ctx, bare, nil, true); errors.Is(err, provider.ErrUnsupported) {
		findings = append(findings, template.UnsendablePayment(payment))
	}

	return findings
}

// values are what stands in the placeholders.
func (d draft) values() []string {
	values := make([]string, len(d.shown.Values))
	for i, v := range d.shown.Values {
		values[i] = v.Text
	}

	return values
}

// nobody is a number that nobody has, at the provider that is never asked.
const nobody = "+919000000000"

// build makes the request of a message of this template; the error is the provider's. paid says that the payment goes with it.
func (d draft) build(ctx context.Context, t template.Template, values []string, paid bool) error {
	to, err := phone.FromE164(nobody)
	if err != nil {
		return err
	}

	m := provider.TemplateMessage{
		To:        to,
		Template:  t,
		Values:    values,
		Media:     provider.Media(d.shown.Media),
		Postbacks: provider.Postbacks(t, "r"),
	}
	if slices.ContainsFunc(t.Buttons, func(b template.Button) bool { return b.Kind == template.ButtonCopyCode }) {
		m.CopyCode = cmp.Or(d.shown.Code, "CODE") // a code that is missing is another finding
	}

	if t.Header.Kind == template.HeaderNone && t.Body != "" {
		m.Media = provider.Media{}
	}

	if paid {
		if m, err = d.withPayment(m); err != nil {
			return err
		}
	}

	_, err = d.sender.BuildTemplate(ctx, d.app, m)

	return err
}

// withPayment adds the news of an order, or a bill of one, as far as a payment is set.
func (d draft) withPayment(m provider.TemplateMessage) (provider.TemplateMessage, error) {
	const sample = 1_000_000

	set := d.use.Filling.Payment

	switch set.Part {
	case template.OrderStatus:
		teller, can := d.sender.(provider.OrderStatusTeller)
		if !can {
			return m, provider.ErrUnsupported
		}

		status, tells := teller.OrderStatus(d.use.Event, order.Stage(""))
		if !tells {
			return m, provider.ErrUnsupported
		}

		m.OrderStatus = &provider.OrderStatus{Reference: "r", Status: status}
	case template.OrderDetails:
		m.OrderDetails = &provider.OrderDetails{
			Reference:     "r",
			Goods:         "physical-goods",
			Currency:      "INR",
			PaymentType:   set.Type,
			Configuration: set.Configuration,
			Settings:      json.RawMessage(set.Settings),
			Items:         []provider.OrderItem{{Name: "r", Quantity: 1, Amount: sample}},
			Subtotal:      sample,
			Total:         sample,
		}
	}

	return m, nil
}
