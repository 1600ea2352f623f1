package story

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
)

// Request is what a provider was sent. Credentials, the seal of our reference and telephone numbers are replaced.
type Request struct {
	Method, URL string
	Headers     []Header
	// Body is indented JSON, or a line for each field of a form.
	Body string
}

// Header is a header of a request.
type Header struct{ Name, Value string }

// Why there is no request.
const (
	notInstalled = "The app that it went through is not installed any more, so that its request cannot be built again."
	notBuildable = "The request cannot be built again from what is kept."
)

const (
	// secretMark stands for the credential, and sealMark for the seal of our reference.
	secretMark = "[secret]"
	sealMark   = "[seal]"
)

// building makes the request of a message again.
type building func(ctx context.Context, app provider.App, to phone.Number, ref string) (*http.Request, error)

// errCannot says that a provider has no way to send such a message.
var errCannot = errors.New("story: the provider cannot send it")

// sessionRequest makes the request of an answer to a shopper.
func sessionRequest(by provider.Provider, m message.Message) building {
	return func(ctx context.Context, app provider.App, to phone.Number, ref string) (*http.Request, error) {
		if sender, ok := by.(provider.TextSender); ok && len(m.Session.Buttons) == 0 {
			return sender.BuildText(ctx, app, provider.TextMessage{To: to, Text: m.Session.Text, Ref: ref})
		}

		sender, ok := by.(provider.ButtonSender)
		if !ok {
			return nil, errCannot
		}

		buttons := make([]provider.ReplyButton, len(m.Session.Buttons))
		for i, b := range m.Session.Buttons {
			buttons[i] = provider.ReplyButton{ID: provider.Postback(ref, i), Title: b.Title}
		}

		return sender.BuildButtons(ctx, app, provider.ButtonMessage{To: to, Text: m.Session.Text, Buttons: buttons, Ref: ref})
	}
}

// templateRequest makes the request of a filled template.
func templateRequest(by provider.Provider, m provider.TemplateMessage) building {
	return func(ctx context.Context, app provider.App, to phone.Number, ref string) (*http.Request, error) {
		sender, ok := by.(provider.TemplateSender)
		if !ok {
			return nil, errCannot
		}

		m.To, m.Ref, m.Postbacks = to, ref, provider.Postbacks(m.Template, ref)

		return sender.BuildTemplate(ctx, app, m)
	}
}

// addForwarded adds what a provider was told that fills templates of its own. It is told the event itself, which therefore has to be kept.
func (b *builder) addForwarded(ctx context.Context, m message.Message, one *Told, by provider.Provider) {
	e, exact := b.event(m)
	forwarder, ok := by.(provider.OrderForwarder)

	if !ok || !exact {
		one.NoRequest = "The provider was told the event, which is dropped once no attempt can follow; its request cannot be built again."
		return
	}

	b.addRequest(ctx, m, one, func(ctx context.Context, app provider.App, to phone.Number, ref string) (*http.Request, error) {
		told := provider.OrderMessage{To: to, Event: e, Brand: b.account.Name, Ref: ref}
		if b.order != nil {
			told.Order, told.OrderJSON = b.order.Order, b.order.JSON
		}

		return forwarder.BuildOrder(ctx, app, told)
	})
}

// addRequest adds the request of a message, or why it cannot be built again.
func (b *builder) addRequest(ctx context.Context, m message.Message, one *Told, build building) {
	app, installed := b.app(m)
	if !installed {
		one.NoRequest = notInstalled
		return
	}

	app.Secret = config.NewSecret(secretMark)

	to, err := phone.FromE164(m.Phone)
	if err != nil {
		one.NoRequest = notBuildable
		return
	}

	req, err := build(ctx, app, to, strings.Join([]string{m.ID, message.Number(m.Attempt), sealMark}, "."))
	if err == nil {
		one.Request, err = requestOf(req, to)
	}
	if err != nil {
		one.NoRequest = notBuildable
	}
}

// requestOf returns a request as it may be shown.
func requestOf(req *http.Request, to phone.Number) (*Request, error) {
	out := &Request{Method: req.Method, URL: hideEscaped(req.URL.String(), to)}

	for name, values := range req.Header {
		out.Headers = append(out.Headers, Header{name, hideEscaped(strings.Join(values, ", "), to)})
	}

	slices.SortFunc(out.Headers, func(a, b Header) int { return strings.Compare(a.Name, b.Name) })

	if req.Body != nil {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}

		out.Body = hideNumbers(legible(req.Header.Get("Content-Type"), body), to)
	}

	return out, nil
}

// legible returns a body for people: JSON is indented, of a form each field is a line.
func legible(contentType string, body []byte) string {
	if strings.HasPrefix(contentType, "application/x-www-form-urlencoded") {
		var lines []string

		for pair := range strings.SplitSeq(string(body), "&") {
			name, value, _ := strings.Cut(pair, "=")
			lines = append(lines, unescaped(name)+" = "+unescaped(value))
		}

		return strings.Join(lines, "\n")
	}

	var indented bytes.Buffer
	if err := json.Indent(&indented, body, "", "  "); err != nil {
		return string(body)
	}

	return indented.String()
}

func unescaped(s string) string {
	if plain, err := url.QueryUnescape(s); err == nil {
		return plain
	}

	return s
}

// numberLike is what might be a telephone number: digits, with what people put between them.
var numberLike = regexp.MustCompile(`\+?[0-9](?:[ ().-]{0,2}[0-9]){9,14}`)

// hideNumbers masks the recipient's number, however it is spelled, and mail addresses. Other numbers, such as ids, stay.
func hideNumbers(text string, to phone.Number) string {
	text = numberLike.ReplaceAllStringFunc(text, func(found string) string {
		if digits := phone.Digits(found); digits != "" && strings.HasSuffix(to.Digits(), strings.TrimLeft(digits, "0")) {
			return to.String()
		}

		return found
	})

	return mailLike.ReplaceAllString(text, "‹e-mail›")
}

// hideEscaped is hideNumbers for a text in which characters may be escaped, as in a URL. What is hidden behind that is shown without it.
func hideEscaped(text string, to phone.Number) string {
	text = hideNumbers(text, to)
	if plain := unescaped(text); hideNumbers(plain, to) != plain {
		return hideNumbers(plain, to)
	}

	return text
}

// mailLike is a mail address.
var mailLike = regexp.MustCompile(`[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+`)
