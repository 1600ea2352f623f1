package businessonbot

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"time"
)

// errShape means that a body is not as documented. BusinessOnBot has one text for all of them, so no more is told.
var errShape = errors.New("not as documented")

// shape is what a value must be. Keys that are not named are refused, and all that are named must be there.
type shape struct {
	kind string // string, number, bool, object, list
	// null allows null, empty an empty string, absent that the key is missing.
	null, empty, absent bool
	pattern             *regexp.Regexp
	fields              map[string]shape
	item                *shape
	oneOf               []string
	// time is an RFC 3339 time in UTC.
	time bool
}

var (
	money  = regexp.MustCompile(`^\d{1,12}\.\d{2,6}$`)
	number = regexp.MustCompile(`^\+?[1-9]\d{9,14}$`)
	link   = regexp.MustCompile(`^https?://[^\s]+$`)
)

func words() shape            { return shape{kind: "string", empty: true} }
func word() shape             { return shape{kind: "string"} }
func orNull(s shape) shape    { s.null = true; return s }
func orNone(s shape) shape    { s.absent = true; return s }
func listOf(s shape) shape    { return shape{kind: "list", item: &s} }
func moment() shape           { return shape{kind: "string", time: true} }
func instant() shape          { return orNull(moment()) }
func amountText() shape       { return shape{kind: "string", pattern: money, empty: true} }
func amount() shape           { return shape{kind: "number", null: true} }
func phoneShape() shape       { return shape{kind: "string", pattern: number} }
func linkShape() shape        { return shape{kind: "string", pattern: link, empty: true} }
func among(v ...string) shape { return shape{kind: "string", oneOf: v} }

func object(fields map[string]shape) shape { return shape{kind: "object", fields: fields} }

const templateEndpoint = "wabiz/send"

// bodies are the bodies by endpoint (shared/provider/businessonbot/CONTRACT.md section 4).
var bodies = map[string]shape{
	"orders-create":       orderShape(orNull(word()), instant()),
	"orders-cancelled":    orderShape(word(), moment()),
	"fulfillments-create": fulfilmentShape(),
	"fulfillments-events-create": object(map[string]shape{
		"delivery_id":    word(),
		"id":             word(),
		"id_alias":       orNone(word()),
		"fulfillment_id": word(),
		"status":         among("Delivered", "In-transit", "Returned", "Dispatched"),
		"delivered_at":   moment(),
	}),
	"abandoned-cart": cartShape(),
	templateEndpoint: templateShape(),
}

func lineItems() shape {
	return listOf(object(map[string]shape{
		"image":   object(map[string]shape{"originalSrc": linkShape()}),
		"product": object(map[string]shape{"id": word(), "title": words()}),
		"variant": object(map[string]shape{
			"id":     word(),
			"title":  words(),
			"price":  amountText(),
			"weight": words(),
			"sku":    words(),
		}),
		"variantTitle": words(),
		"quantity":     {kind: "number"},
	}))
}

func orderShape(reason, cancelled shape) shape {
	return object(map[string]shape{
		"id":           word(),
		"name":         word(),
		"email":        words(),
		"createdAt":    instant(),
		"fullyPaid":    {kind: "bool"},
		"cancelReason": reason,
		"cancelledAt":  cancelled,
		"note":         orNull(words()),
		"channel":      word(),
		"shippingAddress": object(map[string]shape{
			"name":     words(),
			"phone":    phoneShape(),
			"address1": words(),
			"address2": words(),
			"city":     words(),
			"province": words(),
			"country":  orNull(word()),
			"zip":      orNull(word()),
		}),
		"total_amount":     amountText(),
		"currencyCode":     word(),
		"lineItems":        lineItems(),
		"shipment_details": object(map[string]shape{"status": words(), "tracking_info": words()}),
	})
}

func orderDetails() shape {
	return object(map[string]shape{
		"total_price":    amount(),
		"total_tax":      amount(),
		"total_discount": amount(),
		"currency":       word(),
	})
}

func fulfilmentShape() shape {
	return object(map[string]shape{
		"fulfillment_id": word(),
		"id":             word(),
		"id_alias":       word(),
		"lineItems":      lineItems(),
		"customer": object(map[string]shape{
			"email":         words(),
			"first_name":    words(),
			"last_name":     words(),
			"phone":         phoneShape(),
			"orders_count":  amount(),
			"total_spent":   amount(),
			"last_order_id": orNull(word()),
		}),
		"order_details": orderDetails(),
		"tracking_info": object(map[string]shape{
			"tracking_number":       words(),
			"tracking_url":          linkShape(),
			"tracking_company_name": words(),
			"shipping_status":       word(),
		}),
		"phone":        phoneShape(),
		"fulfilled_at": instant(),
	})
}

func cartShape() shape {
	address := object(map[string]shape{
		"address":  words(),
		"city":     words(),
		"province": words(),
		"country":  words(),
		"zip":      words(),
	})

	return object(map[string]shape{
		"checkout_id":       word(),
		"cart_recovery_url": linkShape(),
		"line_items": listOf(object(map[string]shape{
			"id":          word(),
			"name":        words(),
			"image":       object(map[string]shape{"originalSrc": linkShape()}),
			"quantity":    {kind: "number"},
			"price":       amount(),
			"product_url": orNone(linkShape()),
		})),
		"customer": object(map[string]shape{
			"email":      words(),
			"first_name": words(),
			"last_name":  words(),
			"phone":      phoneShape(),
		}),
		"order_details": orderDetails(),
		"address":       object(map[string]shape{"billing_address": address, "shipping_address": address}),
		"phone":         phoneShape(),
		"created_at":    instant(),
	})
}

func templateShape() shape {
	return object(map[string]shape{
		"type":     among("template"),
		"name":     word(),
		"phone":    phoneShape(),
		"language": word(),
		"header": listOf(object(map[string]shape{
			"type": among("text", "image", "video", "document"),
			"link": orNone(linkShape()),
			"text": orNone(word()),
		})),
		"body":    listOf(object(map[string]shape{"type": among("text"), "text": word()})),
		"buttons": listOf(object(map[string]shape{"type": among("url"), "params": listOf(word())})),
	})
}

// understand holds a body against its shape and takes out what the inbox shows.
func understand(endpoint string, body []byte) (Received, error) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return Received{}, fmt.Errorf("%w: no JSON", errShape)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return Received{}, fmt.Errorf("%w: more than one value", errShape)
	}
	if s := bodies[endpoint]; !s.fits(v) {
		return Received{}, errShape
	}

	var known struct {
		ID         string `json:"id"`
		CheckoutID string `json:"checkout_id"`
		Phone      string `json:"phone"`
		Status     string `json:"status"`
		Name       string `json:"name"`
		Shipping   struct {
			Phone string `json:"phone"`
		} `json:"shippingAddress"`
		Body []struct {
			Text string `json:"text"`
		} `json:"body"`
	}

	if err := json.Unmarshal(body, &known); err != nil {
		return Received{}, fmt.Errorf("%w: odd types", errShape)
	}

	got := Received{
		OrderID: cmp.Or(known.ID, known.CheckoutID), Phone: digits(cmp.Or(known.Phone, known.Shipping.Phone)), Status: known.Status,
	}
	if endpoint == templateEndpoint {
		got.Template = known.Name
		for _, p := range known.Body {
			got.Params = append(got.Params, p.Text)
		}
	}

	return got, nil
}

// fits reports whether a value has the shape.
func (s shape) fits(v any) bool {
	if v == nil {
		return s.null
	}

	switch v := v.(type) {
	case string:
		return s.kind == "string" && s.fitsText(v)
	case json.Number:
		return s.kind == "number"
	case bool:
		return s.kind == "bool"
	case []any:
		return s.kind == "list" && !slices.ContainsFunc(v, func(item any) bool { return !s.item.fits(item) })
	case map[string]any:
		return s.kind == "object" && s.fitsObject(v)
	default:
		return false
	}
}

func (s shape) fitsText(v string) bool {
	switch {
	case v == "":
		return s.empty
	case s.time:
		at, err := time.Parse(time.RFC3339, v)
		_, offset := at.Zone()
		return err == nil && offset == 0
	case s.oneOf != nil:
		return slices.Contains(s.oneOf, v)
	case s.pattern != nil:
		return s.pattern.MatchString(v)
	}

	return true
}

func (s shape) fitsObject(v map[string]any) bool {
	for key := range v {
		if _, named := s.fields[key]; !named {
			return false
		}
	}

	for key, field := range s.fields {
		value, there := v[key]
		if !there && !field.absent || there && !field.fits(value) {
			return false
		}
	}

	return true
}
