package businessonbot

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/lenient"
)

// cartAbandoned is the event of a cart that its shopper left. No such event of the platform is documented: its shape is ours,
// testdata/events/cart-abandoned.json shows it. It is marketing: who forwards it must have checked the shopper's consent
// to marketing, and it is off until a brand switches it on.
//
//	{"resource": "cart", "eventType": "PUT", "eventSubType": "abandoned", "accountSlug": …, "version": "v1",
//	 "response_data": {
//	   "account_id": 811, "checkoutId": "CHK-90001", "status": "abandoned", "status_updated_at": "2024-02-12 20:15:00",
//	   "cartRecoveryUrl": "https://…", "createdAt": …,
//	   "customerName": …, "customerContactNumber": …, "email": …, "countryCode": "IN",
//	   "currency": "INR", "totalPrice": 1299.5, "totalTax": 0, "totalDiscount": 100,
//	   "items": [{"itemID": …, "productName": …, "productImageUrl": …, "productUrl": …, "quantity": 1, "customerPrice": 1299.5}],
//	   "shippingAddress": {…}, "billingAddress": {…}}}
//
// Keys that orders have as well are spelled as there. The subject is checkoutId, the time status_updated_at.
var cartAbandoned = order.Kind{Resource: "cart", SubType: "abandoned"}

var errNoCart = errors.New("businessonbot: the event holds no cart")

// cart is what a shopper left behind.
type cart struct {
	// CheckoutID names the cart, RecoveryURL is where it can be taken up again.
	CheckoutID, RecoveryURL string
	// Name, Email, Phone and Region are the shopper's; Phone is as written, to be read in Region.
	Name, Email, Phone, Region string
	// CreatedAt is in UTC; the zero time if it is not known.
	CreatedAt            time.Time
	Total, Tax, Discount order.Amount
	// Currency is an ISO code; INR where the event names none.
	Currency          string
	Lines             []cartLine
	Shipping, Billing Address
}

// cartLine is one product of a cart.
type cartLine struct {
	ID, Title, Image, URL string
	Quantity              int64
	Price                 order.Amount
}

// parseCart reads an event of the kind [cartAbandoned], in its envelope or without. Times without a zone are the platform's,
// UTC+05:30, as those of all events. The error is [ErrMalformed], or says that the event names no cart.
func parseCart(data []byte) (cart, error) {
	if len(data) > order.MaxEventBytes {
		return cart{}, fmt.Errorf("parse cart: %w", ErrMalformed)
	}
	var envelope *struct {
		rawCart
		Response *rawCart `json:"response_data"`
	}
	if err := lenient.Decode(data, &envelope); err != nil || envelope == nil {
		return cart{}, fmt.Errorf("parse cart: %w", ErrMalformed)
	}

	raw := &envelope.rawCart
	if envelope.Response != nil {
		raw = envelope.Response
	}
	if raw.CheckoutID == "" {
		return cart{}, errNoCart
	}

	return raw.cart(), nil
}

type rawCart struct {
	CheckoutID      text        `json:"checkoutId"`
	CartRecoveryURL text        `json:"cartRecoveryUrl"`
	CreatedAt       text        `json:"createdAt"`
	StatusUpdatedAt text        `json:"status_updated_at"`
	CustomerName    text        `json:"customerName"`
	ContactNumber   text        `json:"customerContactNumber"`
	Email           text        `json:"email"`
	CountryCode     text        `json:"countryCode"`
	Currency        text        `json:"currency"`
	TotalPrice      text        `json:"totalPrice"`
	TotalTax        text        `json:"totalTax"`
	TotalDiscount   text        `json:"totalDiscount"`
	Items           []rawThing  `json:"items"`
	Shipping        *rawAddress `json:"shippingAddress"`
	Billing         *rawAddress `json:"billingAddress"`
}

type rawThing struct {
	ItemID          text `json:"itemID"`
	ProductName     text `json:"productName"`
	ProductImageURL text `json:"productImageUrl"`
	ProductURL      text `json:"productUrl"`
	Quantity        text `json:"quantity"`
	CustomerPrice   text `json:"customerPrice"`
}

func (r *rawCart) cart() cart {
	zone := statusZone()

	c := cart{
		CheckoutID:  string(r.CheckoutID),
		RecoveryURL: string(r.CartRecoveryURL),
		Name:        string(r.CustomerName),
		Email:       string(r.Email),
		Phone:       string(r.ContactNumber),
		Region:      string(r.CountryCode),
		CreatedAt:   cmp.Or(r.CreatedAt, r.StatusUpdatedAt).date(zone),
		Total:       r.TotalPrice.amount(),
		Tax:         r.TotalTax.amount(),
		Discount:    r.TotalDiscount.amount(),
		Currency:    string(cmp.Or(r.Currency, currency)),
		Shipping:    r.Shipping.address(),
		Billing:     r.Billing.address(),
	}
	for _, i := range r.Items {
		c.Lines = append(c.Lines, cartLine{
			ID:       string(i.ItemID),
			Title:    string(i.ProductName),
			Image:    string(i.ProductImageURL),
			URL:      string(i.ProductURL),
			Quantity: i.Quantity.count(),
			Price:    i.CustomerPrice.amount(),
		})
	}

	return c
}

func (a *rawAddress) address() Address {
	if a == nil {
		return Address{}
	}

	return Address{
		Line1:       string(a.AddressLine1),
		Line2:       string(a.AddressLine2),
		City:        string(a.City),
		State:       string(a.State),
		Pincode:     string(a.PostalCode),
		CountryCode: string(a.CountryCode),
		CountryName: string(a.CountryName),
	}
}

// abandonedCart is the body of abandoned-cart (CONTRACT.md section 4.5). Its money is numeric.
type abandonedCart struct {
	CheckoutID      string         `json:"checkout_id"`
	CartRecoveryURL string         `json:"cart_recovery_url"`
	LineItems       []cartLineItem `json:"line_items"`
	Customer        cartCustomer   `json:"customer"`
	OrderDetails    orderDetails   `json:"order_details"`
	Address         cartAddresses  `json:"address"`
	Phone           string         `json:"phone"`
	CreatedAt       *string        `json:"created_at"`
}

type cartLineItem struct {
	ID         string          `json:"id"`
	Name       string          `json:"name"`
	Image      Image           `json:"image"`
	Quantity   int64           `json:"quantity"`
	Price      json.RawMessage `json:"price"`
	ProductURL string          `json:"product_url,omitempty"`
}

type cartCustomer struct {
	Email     string `json:"email"`
	FirstName string `json:"first_name"`
	LastName  string `json:"last_name"`
	Phone     string `json:"phone"`
}

type cartAddresses struct {
	Billing  cartAddress `json:"billing_address"`
	Shipping cartAddress `json:"shipping_address"`
}

type cartAddress struct {
	Address  string `json:"address"`
	City     string `json:"city"`
	Province string `json:"province"`
	Country  string `json:"country"`
	Zip      string `json:"zip"`
}

func (c *cart) body(phone string) abandonedCart {
	given, family := names(c.Name)

	b := abandonedCart{
		CheckoutID:      c.CheckoutID,
		CartRecoveryURL: c.RecoveryURL,
		LineItems:       make([]cartLineItem, 0, len(c.Lines)),
		Customer:        cartCustomer{c.Email, given, family, phone},
		OrderDetails: orderDetails{
			TotalPrice:    numeric(c.Total),
			TotalTax:      numeric(c.Tax),
			TotalDiscount: numeric(c.Discount),
			Currency:      c.Currency,
		},
		Address:   cartAddresses{Billing: c.Billing.ofCart(), Shipping: c.Shipping.ofCart()},
		Phone:     phone,
		CreatedAt: moment(c.CreatedAt),
	}
	for _, l := range c.Lines {
		b.LineItems = append(b.LineItems, cartLineItem{
			ID:         l.ID,
			Name:       l.Title,
			Image:      Image{l.Image},
			Quantity:   l.Quantity,
			Price:      numeric(l.Price),
			ProductURL: l.URL,
		})
	}

	return b
}

func (a Address) ofCart() cartAddress {
	line := a.Line1
	if a.Line2 != "" {
		line += ", " + a.Line2
	}

	return cartAddress{
		Address:  line,
		City:     a.City,
		Province: a.State,
		Country:  a.country(),
		Zip:      a.Pincode,
	}
}
