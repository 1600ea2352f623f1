package meta

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/placeholder"
)

// filling is what the parameters of a send put into its template.
type filling struct {
	t                    *compiled
	header, body         map[string]string
	headerText, bodyText []string
	// links are the values of link buttons by index; taken is set for the buttons that have had their parameters.
	links    map[int]string
	taken    map[int]bool
	parts    map[string]bool
	postback map[int]string
	status   *orderStatusBody
	details  *orderDetailsBody
	// media is the header's file or place, code what the copy-code button copies, as the phone shows them.
	media, code string
}

// fill holds a send's components against its template and takes their values over.
func fill(t *compiled, components []componentBody) (*filling, *refusal) {
	f := &filling{
		t:        t,
		header:   map[string]string{},
		body:     map[string]string{},
		links:    map[int]string{},
		taken:    map[int]bool{},
		parts:    map[string]bool{},
		postback: map[int]string{},
	}

	for i := range components {
		c := &components[i]
		var ref *refusal
		if c.Type != "button" && f.parts[c.Type] {
			return nil, refuse(codeParameters, "a component stands there twice")
		}

		f.parts[c.Type] = true
		switch c.Type {
		case "header":
			ref = f.readHeader(c.Parameters)
		case "body":
			f.bodyText, ref = f.readTexts(t.body, c.Parameters, f.body)
		case "button":
			ref = f.readButton(c)
		case "order_status":
			ref = f.readOrderStatus(c.Parameters)
		default:
			ref = refuse(codeParameter, "Unexpected component type")
		}

		if ref != nil {
			return nil, ref
		}
	}

	if ref := f.missing(); ref != nil {
		return nil, ref
	}
	if utf8.RuneCountInString(placeholder.Fill(t.body, f.body)) > maxRendered {
		return nil, refuse(codeTooLong, "the filled body has more than 1024 characters")
	}

	return f, nil
}

// missing names the parameters that the template needs and the send has not.
func (f *filling) missing() *refusal {
	t := f.t
	switch {
	case len(f.bodyText) != len(placeholder.Sorted(t.body)):
		return refuse(codeCount, "body: number of localizable_params does not match the expected number of params")
	case len(f.headerText) != len(placeholder.Sorted(t.header)):
		return refuse(codeCount, "header: number of localizable_params does not match the expected number of params")
	case t.headerFormat != "" && t.headerFormat != "TEXT" && !f.parts["header"]:
		return refuse(codeFormat, "header: Format mismatch, expected "+t.headerFormat+", received UNKNOWN")
	case t.SubCategory == "ORDER_STATUS" && f.status == nil:
		return refuse(codeMissing, "order_status is required")
	}

	for i, b := range t.buttons {
		needed := len(placeholder.Sorted(b.URL)) > 0 || b.Type == "COPY_CODE" || b.Type == "ORDER_DETAILS"
		if needed && !f.taken[i] {
			return refuse(codeMissing, "button at index "+strconv.Itoa(i)+" requires a parameter")
		}
	}

	return nil
}

// readTexts reads text parameters for the placeholders of text, by place or by name as the template wants, and returns
// them in the order of the placeholders.
func (f *filling) readTexts(text string, params []parameterBody, into map[string]string) ([]string, *refusal) {
	want := placeholder.Sorted(text)
	if len(params) != len(want) {
		return nil, refuse(codeCount, "number of localizable_params does not match the expected number of params")
	}

	for i, p := range params {
		if p.Type != "text" || p.Text == nil {
			return nil, refuse(codeFormat, "a parameter is not of type text")
		}
		if ref := checkValue(*p.Text); ref != nil {
			return nil, ref
		}

		name := want[i]
		if f.t.ParameterFormat == "NAMED" {
			name = p.Name
		}

		if _, twice := into[name]; twice || name == "" || (p.Name != "") != (f.t.ParameterFormat == "NAMED") {
			return nil, refuse(codeParameter, "parameter_name is missing, unexpected or repeated")
		}

		into[name] = *p.Text
	}

	values := make([]string, len(want))
	for i, name := range want {
		v, ok := into[name]
		if !ok {
			return nil, refuse(codeParameter, "a named parameter is missing")
		}

		values[i] = v
	}

	return values, nil
}

// checkValue refuses what WhatsApp refuses in a text (shared/provider/cloudapi/CONTRACT.md section 9.2).
func checkValue(v string) *refusal {
	switch {
	case v == "":
		return refuse(codeMissing, "text of a parameter is empty")
	case strings.ContainsAny(v, "\n\r\t") || strings.Contains(v, "     "):
		return refuse(codeParameters, "param text cannot have new-line/tab characters or more than 4 consecutive spaces")
	}

	return nil
}

func (f *filling) readHeader(params []parameterBody) *refusal {
	if f.t.headerFormat == "TEXT" {
		values, ref := f.readTexts(f.t.header, params, f.header)
		f.headerText = values
		return ref
	}

	kind := strings.ToLower(f.t.headerFormat)
	if len(params) != 1 || kind == "" || params[0].Type != kind {
		return refuse(codeFormat, "header: Format mismatch, expected "+f.t.headerFormat)
	}

	p := params[0]

	media := map[string]*mediaBody{"image": p.Image, "video": p.Video, "document": p.Document}[kind]
	switch {
	case kind == "location" && (p.Location == nil || p.Location.Latitude == "" || p.Location.Longitude == "" ||
		p.Location.Name == "" || p.Location.Address == ""):
		return refuse(codeMissing, "header: location needs latitude, longitude, name and address")
	case kind == "location":
		f.media = "[location: " + p.Location.Name + ", " + p.Location.Address + "]"
		return nil
	case media == nil || (media.ID == "") == (media.Link == ""):
		return refuse(codeMissing, "header: exactly one of id and link is required")
	case media.Link != "" && !isWebAddress(media.Link):
		return refuse(codeInvalid, "header: link is not a valid URI")
	case media.Filename != "" && kind != "document":
		return refuse(codeParameter, "header: Unexpected key filename")
	}

	f.media = "[" + kind + ": " + strings.TrimSpace(media.Filename+" "+media.ID+media.Link) + "]"

	return nil
}

// subTypes are the button types that take parameters, by the word of a send.
var subTypes = map[string]string{
	"quick_reply": QuickReply, "url": "URL", "copy_code": "COPY_CODE", "order_details": "ORDER_DETAILS",
}

func (f *filling) readButton(c *componentBody) *refusal {
	index, err := strconv.Atoi(strings.Trim(string(c.Index), `"`))
	switch {
	case len(c.Index) == 0:
		return refuse(codeMissing, "index of a button is required")
	case err != nil || index < 0 || index >= len(f.t.buttons) || f.taken[index]:
		return refuse(codeInvalid, "no button, or one that was filled already, at that index")
	case subTypes[c.SubType] == "" || f.t.buttons[index].Type != subTypes[c.SubType]:
		return refuse(codeInvalid, "the button at that index has another sub_type")
	case len(c.Parameters) != 1:
		return refuse(codeCount, "a button takes one parameter")
	}

	f.taken[index] = true

	p, button := &c.Parameters[0], &f.t.buttons[index]
	switch c.SubType {
	case "quick_reply":
		if p.Type != "payload" || p.Payload == nil || *p.Payload == "" {
			return refuse(codeMissing, "a quick reply takes a payload")
		}

		f.postback[index] = *p.Payload
	case "url":
		return f.readLink(index, button.URL, p)
	case "copy_code":
		if p.Type != "coupon_code" || p.Coupon == nil || *p.Coupon == "" || utf8.RuneCountInString(*p.Coupon) > maxCoupon {
			return refuse(codeInvalid, "a copy code button takes a coupon_code of 1 to 20 characters")
		}

		f.code = "[code: " + *p.Coupon + "]"
	default:
		if p.Type != "action" || p.Action == nil || p.Action.Details == nil {
			return refuse(codeMissing, "an order details button takes an action")
		}

		f.details = p.Action.Details

		return f.details.check()
	}

	return nil
}

func (f *filling) readLink(index int, link string, p *parameterBody) *refusal {
	want := placeholder.Sorted(link)
	switch {
	case len(want) == 0:
		return refuse(codeParameters, "this link has no variable")
	case p.Type != "text" || p.Text == nil || !linkShape.MatchString(*p.Text):
		return refuse(codeParameters, "the value of a link must be text that can stand in one")
	}

	whole := placeholder.Fill(link, map[string]string{want[0]: *p.Text})
	if len(whole) > maxLink || !isWebAddress(whole) {
		return refuse(codeInvalid, "the filled link is no address or longer than 2000 characters")
	}

	f.links[index] = *p.Text

	return nil
}

// params are all text values in order: header, body, links.
func (f *filling) params() []string {
	out := append(append([]string{}, f.headerText...), f.bodyText...)
	for i := range f.t.buttons {
		if v, ok := f.links[i]; ok {
			out = append(out, v)
		}
	}

	return out
}

// rendered is header, body and footer with their values, one line each, and what else the phone shows.
func (f *filling) rendered() string {
	return lines(f.media, placeholder.Fill(f.t.header, f.header), placeholder.Fill(f.t.body, f.body), f.t.footer, f.code, f.order())
}

// order is the news of an order, or its bill.
func (f *filling) order() string {
	switch {
	case f.status != nil:
		return strings.TrimSpace(f.status.Order.Status + " " + f.status.Order.Description)
	case f.details != nil:
		return fmt.Sprintf("[to pay: %s %d.%02d]", f.details.Currency, f.details.Total.Value/100, f.details.Total.Value%100)
	default:
		return ""
	}
}
