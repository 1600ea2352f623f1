package brandapi

import (
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/businessonbot"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// person is a shopper in the form of shared/provider/businessonbot/CONTRACT.md section 5.2.
type person struct {
	// ID is a keyed hash, which names the shopper and says nothing of them.
	ID          string `json:"id"`
	DisplayName string `json:"displayName"`
	FirstName   string `json:"firstName"`
	LastName    string `json:"lastName"`
	OrdersCount int    `json:"ordersCount"`
	// TotalSpent is money as text, "1000.00".
	TotalSpent     string               `json:"totalSpent"`
	CurrencyCode   string               `json:"currencyCode"`
	DefaultAddress *address             `json:"defaultAddress"`
	Email          string               `json:"email"`
	LastOrder      *businessonbot.Order `json:"lastOrder"`
}

// address is a shopper's address. It is shown only where the configuration says so.
type address struct {
	ID           string  `json:"id"`
	CustomerID   string  `json:"customer_id"`
	FirstName    string  `json:"first_name"`
	LastName     string  `json:"last_name"`
	Address1     string  `json:"address1"`
	Address2     string  `json:"address2"`
	City         string  `json:"city"`
	Province     string  `json:"province"`
	Country      *string `json:"country"`
	Zip          *string `json:"zip"`
	Phone        string  `json:"phone"`
	Name         string  `json:"name"`
	ProvinceCode string  `json:"province_code"`
	CountryCode  string  `json:"country_code"`
	CountryName  *string `json:"country_name"`
	Default      bool    `json:"default"`
}

// object returns the order in BusinessOnBot's form, with reason and time of a cancellation by the bot.
func (o *ownOrder) object() businessonbot.Order {
	object := o.Object(o.phone())
	if r := o.request; object.CancelReason != nil && !r.PublishedAt.IsZero() {
		object.CancelReason = reasonOf(r)
		object.CancelledAt = momentOf(r)
	}

	return object
}

// reasonOf returns why an order was cancelled: in the shopper's words, if there are any.
func reasonOf(r store.CancelRequest) *string {
	reason := "other"
	if r.Reason != "" {
		reason = r.Reason
	}
	return &reason
}

// momentOf returns when a cancellation was asked for.
func momentOf(r store.CancelRequest) *string {
	at := r.RequestedAt.UTC().Format(time.RFC3339)
	return &at
}

// phone returns the shopper's number in E.164; empty if it cannot be read.
func (o *ownOrder) phone() string {
	n, err := phone.Parse(o.Phone, o.Region)
	if err != nil {
		return ""
	}
	return n.E164()
}

// personFrom returns the shopper of an order, without a default address unless addresses are shown.
func personFrom(o ownOrder, showAddress bool) person {
	given, family, _ := strings.Cut(strings.Join(strings.Fields(o.Name), " "), " ")
	last := o.object()
	p := person{
		DisplayName:  o.Name,
		FirstName:    given,
		LastName:     family,
		CurrencyCode: last.CurrencyCode,
		Email:        o.Email,
		LastOrder:    &last,
	}
	if !showAddress {
		return p
	}

	a := last.ShippingAddress
	p.DefaultAddress = &address{
		FirstName:   given,
		LastName:    family,
		Address1:    a.Address1,
		Address2:    a.Address2,
		City:        a.City,
		Province:    a.Province,
		Country:     a.Country,
		Zip:         a.Zip,
		Phone:       a.Phone,
		Name:        a.Name,
		CountryCode: strings.ToUpper(o.Address.CountryCode),
		CountryName: a.Country,
		Default:     true,
	}

	return p
}
