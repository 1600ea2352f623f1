package template

import (
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/order"
)

// The events that only some variables exist for; see [Variable.At].
var (
	// orders are all events but those of carts, which are no orders yet.
	orders = []order.Kind{{Resource: order.Shipment}, {Resource: order.ReturnShipment}}
	// returns are the events that a refund belongs to.
	returns = []order.Kind{{Resource: order.ReturnShipment}}
	// failures are the events whose remark says why a delivery failed.
	failures = []order.Kind{{Resource: order.Shipment, SubType: failedDelivery}, {Resource: order.ReturnShipment, SubType: failedDelivery}}
)

// failedDelivery is the subtype of the events of failures.
const failedDelivery = "failed_delivery"

// required are the variables of the requirement. The event comes first, since it is newer than a stored order and knows its
// shipment; where it knows only a part (the quantity of one shipment) or nothing, the order does.
var required = []rule{
	{
		Variable: Variable{
			Key:      "customer_order_id",
			Label:    "Customer order ID",
			Sample:   "ORD123456",
			Fallback: "your order",
			Events:   orders,
			Sources:  []string{"event:customerOrderNumber", "order:customerOrderNumber", "event:vendorOrderNumber"},
		},
		event:      func(e *order.Event) []string { return one(e.OrderNumber) },
		order:      func(o *order.Order, _ []order.Item) []string { return one(o.Number) },
		substitute: func(e *order.Event) []string { return one(e.VendorOrderNumber) },
	},
	{
		Variable: Variable{
			Key:      "brand",
			Label:    "Brand",
			Sample:   "KapasKraft",
			Fallback: "the store",
			FreeText: true,
			Sources: []string{
				"event:items[].brand",
				"order:items[].additionalProductInfo.productDetails.brand",
				"event:channelLabel",
			},
		},
		event: func(e *order.Event) []string { return every(e.Items, func(i *order.Item) string { return i.Brand }) },
		order: func(_ *order.Order, items []order.Item) []string {
			return every(items, func(i *order.Item) string { return i.Brand })
		},
		substitute: func(e *order.Event) []string { return one(e.ChannelLabel) },
	},
	{
		Variable: Variable{
			Key:      "sku",
			Label:    "SKU",
			Sample:   "KK-TEE-M",
			Fallback: "not available",
			Sources:  []string{"event:items[].itemID", "order:items[].itemID"},
		},
		event: func(e *order.Event) []string { return every(e.Items, func(i *order.Item) string { return i.SKU }) },
		order: func(_ *order.Order, items []order.Item) []string {
			return every(items, func(i *order.Item) string { return i.SKU })
		},
	},
	{
		Variable: Variable{
			Key:      "gtin",
			Label:    "GTIN",
			Sample:   "08900000000012",
			Fallback: "not available",
			Sources: []string{
				"event:items[].gtin",
				"order:items[].additionalProductInfo.productDetails.gtin",
				"order:items[].additionalProductInfo.productDetails.additionalNames.gtin",
			},
		},
		event: func(e *order.Event) []string { return every(e.Items, func(i *order.Item) string { return i.GTIN }) },
		order: func(_ *order.Order, items []order.Item) []string {
			return every(items, func(i *order.Item) string { return i.GTIN })
		},
	},
	{
		Variable: Variable{
			Key:      "ean",
			Label:    "EAN",
			Sample:   "8900000000012",
			Fallback: "not available",
			Sources: []string{
				"event:items[].ean",
				"order:items[].additionalProductInfo.productDetails.ean",
				"order:items[].additionalProductInfo.productDetails.additionalNames.ean",
			},
		},
		event: func(e *order.Event) []string { return every(e.Items, func(i *order.Item) string { return i.EAN }) },
		order: func(_ *order.Order, items []order.Item) []string {
			return every(items, func(i *order.Item) string { return i.EAN })
		},
	},
	{
		Variable: Variable{
			Key:      "upc",
			Label:    "UPC",
			Sample:   "890000000012",
			Fallback: "not available",
			Sources: []string{
				"event:items[].upc",
				"order:items[].additionalProductInfo.productDetails.upc",
				"order:items[].additionalProductInfo.productDetails.additionalNames.upc",
			},
		},
		event: func(e *order.Event) []string { return every(e.Items, func(i *order.Item) string { return i.UPC }) },
		order: func(_ *order.Order, items []order.Item) []string {
			return every(items, func(i *order.Item) string { return i.UPC })
		},
	},
	{
		Variable: Variable{
			Key:      "product_title",
			Label:    "Product title",
			Sample:   "Handloom cotton T-shirt, M",
			Fallback: "your items",
			FreeText: true,
			Sources:  []string{"event:items[].productName", "order:items[].productName"},
		},
		event: func(e *order.Event) []string { return every(e.Items, func(i *order.Item) string { return i.Title }) },
		order: func(_ *order.Order, items []order.Item) []string {
			return every(items, func(i *order.Item) string { return i.Title })
		},
	},
	{
		Variable: Variable{
			Key:      "customer_name",
			Label:    "Customer name",
			Sample:   "Asha Sample",
			Fallback: "Customer",
			FreeText: true,
			Sources:  []string{"event:customerName", "order:shippingAddress.customerName"},
		},
		event: func(e *order.Event) []string { return one(e.Customer.Name) },
		order: func(o *order.Order, _ []order.Item) []string { return one(o.Customer.Name) },
	},
	{
		Variable: Variable{
			Key:      "customer_phone",
			Label:    "Customer phone number",
			Sample:   "9000000000",
			Fallback: "not available",
			Sources:  []string{"event:customerContactNumber", "order:shippingAddress.contactPhone"},
		},
		event: func(e *order.Event) []string { return one(e.Customer.Phone) },
		order: func(o *order.Order, _ []order.Item) []string { return one(o.Customer.Phone) },
	},
	{
		Variable: Variable{
			Key:      "address_line",
			Label:    "Address line 1 and 2",
			Sample:   "12 Sample Street, Near Example Park",
			Fallback: "your address",
			FreeText: true,
			Sources: []string{
				"event:pickupAddress.pickup_addressLine1, pickup_addressLine2",
				"order:shippingAddress.addressLine1, addressLine2",
			},
		},
		event: func(e *order.Event) []string { return addressLine(e.Address) },
		order: func(o *order.Order, _ []order.Item) []string { return addressLine(o.Address) },
	},
	{
		Variable: Variable{
			Key:      "city",
			Label:    "City",
			Sample:   "Pune",
			Fallback: "your city",
			FreeText: true,
			Sources:  []string{"event:pickupAddress.pickup_city", "order:shippingAddress.city"},
		},
		event: func(e *order.Event) []string { return one(e.Address.City) },
		order: func(o *order.Order, _ []order.Item) []string { return one(o.Address.City) },
	},
	{
		Variable: Variable{
			Key:      "state",
			Label:    "State",
			Sample:   "Maharashtra",
			Fallback: "your state",
			FreeText: true,
			Sources:  []string{"event:pickupAddress.pickup_state", "order:shippingAddress.state"},
		},
		event: func(e *order.Event) []string { return one(e.Address.State) },
		order: func(o *order.Order, _ []order.Item) []string { return one(o.Address.State) },
	},
	{
		Variable: Variable{
			Key:      "pincode",
			Label:    "Pincode",
			Sample:   "411001",
			Fallback: "not available",
			Sources:  []string{"event:pickupAddress.pickup_postalCode", "order:shippingAddress.postalCode"},
		},
		event: func(e *order.Event) []string { return one(e.Address.Pincode) },
		order: func(o *order.Order, _ []order.Item) []string { return one(o.Address.Pincode) },
	},
	{
		Variable: Variable{
			Key:      "payment_method",
			Label:    "Payment method",
			Sample:   "Cash on Delivery",
			Fallback: "not available",
			Events:   orders,
			FreeText: true,
			Sources:  []string{"event:paymentType, isCOD", "order:paymentType, isCOD"},
		},
		event: func(e *order.Event) []string { return one(payment(e.PaymentType, e.CashOnDelivery)) },
		order: func(o *order.Order, _ []order.Item) []string { return one(payment(o.PaymentType, o.CashOnDelivery)) },
	},
	{
		Variable: Variable{
			Key:      "invoice",
			Label:    "Invoice",
			Sample:   "https://files.example.test/invoice/ORD123456.pdf",
			Fallback: "not available",
			Events:   orders,
			Sources:  []string{"event:invoice_url", "order:items[].invoiceUrl"},
		},
		event: func(e *order.Event) []string { return one(e.InvoiceURL) },
		order: func(_ *order.Order, items []order.Item) []string {
			return every(items, func(i *order.Item) string { return i.InvoiceURL })
		},
	},
	{
		Variable: Variable{
			Key:      "order_quantity",
			Label:    "Quantity of items in an order",
			Sample:   "2",
			Fallback: "all",
			Sources:  []string{"order:items[].quantity", "event:items[].quantity"},
		},
		order:      func(o *order.Order, _ []order.Item) []string { return quantity(o.Items) },
		substitute: func(e *order.Event) []string { return quantity(e.Items) },
	},
	{
		Variable: Variable{
			Key:      "refund_amount",
			Label:    "Refund amount",
			Sample:   "499",
			Fallback: "the amount due",
			Events:   returns,
			Sources:  []string{"event:refundAmount"},
		},
		event: func(e *order.Event) []string { return one(e.RefundAmount.String()) },
	},
}

// extra are what else shoppers ask for.
var extra = []rule{
	{
		Variable: Variable{
			Key:      "shop_order_id",
			Label:    "Order ID in the shop",
			Sample:   "#1234",
			Fallback: "your order",
			Events:   orders,
			Sources:  []string{"event:vendorOrderNumber", "order:vendorOrderNumber", "event:customerOrderNumber"},
		},
		event:      func(e *order.Event) []string { return one(e.VendorOrderNumber) },
		order:      func(o *order.Order, _ []order.Item) []string { return one(o.VendorOrderNumber) },
		substitute: func(e *order.Event) []string { return one(e.OrderNumber) },
	},
	{
		Variable: Variable{
			Key:      "tracking_id",
			Label:    "Tracking ID",
			Sample:   "TRK0011223344",
			Fallback: "not available",
			Events:   orders,
			Sources:  []string{"event:trackingID", "order:items[].forwardTrackingTimeline.trackingID"},
		},
		event: func(e *order.Event) []string { return one(e.TrackingID) },
		order: func(_ *order.Order, items []order.Item) []string {
			return every(items, func(i *order.Item) string { return i.TrackingID })
		},
	},
	{
		Variable: Variable{
			Key:      "courier",
			Label:    "Courier",
			Sample:   "ExampleExpress",
			Fallback: "our courier",
			Events:   orders,
			FreeText: true,
			Sources:  []string{"event:courierName", "order:items[].forwardTrackingTimeline.courierName"},
		},
		event: func(e *order.Event) []string { return one(e.CourierName) },
		order: func(_ *order.Order, items []order.Item) []string {
			return every(items, func(i *order.Item) string { return i.CourierName })
		},
	},
	{
		Variable: Variable{
			Key:      "failure_reason",
			Label:    "Reason of the failed delivery",
			Sample:   "Customer not reachable",
			Fallback: "the courier could not deliver",
			Events:   failures,
			FreeText: true,
			Sources:  []string{"event:remarks", "order:items[].ndrDetails.reason"},
		},
		event: failureReason,
		order: func(_ *order.Order, items []order.Item) []string {
			return every(items, func(i *order.Item) string { return i.FailureReason })
		},
	},
	{
		Variable: Variable{
			Key:      "latest_remark",
			Label:    "Latest remark",
			Sample:   "Customer asked for a later delivery",
			Fallback: "not available",
			Events:   orders,
			FreeText: true,
			Sources:  []string{"event:remarks", "order:items[].latestRemark"},
		},
		event: func(e *order.Event) []string { return one(e.Remarks) },
		order: func(_ *order.Order, items []order.Item) []string {
			return every(items, func(i *order.Item) string { return i.Remark })
		},
	},
	{
		Variable: Variable{
			Key:      "promised_date",
			Label:    "Promised delivery date",
			Sample:   "2024-02-15",
			Fallback: "soon",
			Events:   orders,
			Sources:  []string{"order:items[].promiseDeliveryDate"},
		},
		order: func(_ *order.Order, items []order.Item) []string { return every(items, promised) },
	},
	{
		Variable: Variable{
			Key:      "order_total",
			Label:    "Order total",
			Sample:   "998",
			Fallback: "not available",
			Events:   orders,
			Sources:  []string{"order:orderTotal"},
		},
		order: func(o *order.Order, _ []order.Item) []string { return one(o.Total.String()) },
	},
	{
		Variable: Variable{
			Key:      "amount_due",
			Label:    "Amount due",
			Sample:   "998",
			Fallback: "not available",
			Events:   orders,
			Sources:  []string{"order:balanceDue"},
		},
		order: func(o *order.Order, _ []order.Item) []string { return one(o.BalanceDue.String()) },
	},
	{
		Variable: Variable{
			Key:      "return_id",
			Label:    "Return ID",
			Sample:   "RET123456",
			Fallback: "your return",
			Events:   returns,
			Sources:  []string{"event:customerReturnNumber"},
		},
		event: func(e *order.Event) []string { return one(e.ReturnNumber) },
	},
	{
		Variable: Variable{
			Key:      "return_reason",
			Label:    "Return reason",
			Sample:   "Size does not fit",
			Fallback: "not available",
			Events:   returns,
			FreeText: true,
			Sources:  []string{"event:returnReason", "event:items[].returnReason"},
		},
		event: returnReason,
	},
}

// promised is the day without the time, which couriers do not keep.
func promised(i *order.Item) string {
	day, _, _ := strings.Cut(i.PromisedOn, " ")
	return day
}

// failureReason is the remark of a failed delivery; the remark of another event says something else. A stored order may
// still have the reason of an earlier attempt.
func failureReason(e *order.Event) []string {
	if e.SubType != failedDelivery {
		return nil
	}
	return one(e.Remarks)
}

// returnReason is the return's own reason, else those of its items.
func returnReason(e *order.Event) []string {
	if e.ReturnReason != "" {
		return one(e.ReturnReason)
	}
	return every(e.Items, func(i *order.Item) string { return i.ReturnReason })
}
