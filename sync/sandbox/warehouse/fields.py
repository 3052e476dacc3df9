"""Field tables of a web sales order: maximum lengths and what must be there (SEKO contract 4.2)."""

ORDER_LENGTHS = {
    "SalesOrderNumber": 50, "SalesOrderReference": 50, "SalesInvoiceNumber": 100, "PurchaseOrderNumber": 100,
    "GroupReference": 100, "OrderType": 100, "DocumentIdentifier": 100, "NIFNumber": 100, "CurrencyCode": 3,
    "ShippingTerm": 50, "ShippingTermLocation": 50, "ShipmentTerms": 100, "GiftMessage": 500,
    "GiftMessageFrom": 100, "GiftMessageTo": 100, "CourierName": 100, "CourierService": 100,
    "CourierShopID": 50, "CourierShopId": 50, "CarrierCustomerAccountNo": 100, "DeliveryAddressLocationType": 100,
    "LocationType": 100, "Notes": 4000, "SpecialInstructions": 400, "NotificationMethod": 50,
    "UltimateDestination": 100, "GUID": 100,
}  # fmt: skip
ORDER_NUMBERS = (
    "SubTotal", "TaxTotal", "ShippingTotal", "ShippingVAT", "ShippingExVAT", "DiscountPriceTotal", "CustomsValueTotal",
)  # fmt: skip
ORDER_SWITCHES = ("GiftWrap", "OnHold", "DoNotPushToDC")
ORDER_DATES = ("SalesOrderDate", "ScheduledShipDate")

ADDRESS_LENGTHS = {
    "Title": 20, "FirstName": 50, "LastName": 50, "Line1": 100, "Line2": 100, "Line3": 100, "Line4": 100,
    "City": 50, "County": 50, "PostcodeZip": 20, "CountryCode": 20, "PhoneNumber": 20, "EmailAddress": 150,
    "ContactCode": 100,
}  # fmt: skip
FORWARDER_LENGTHS = {"CompanyCode": 100, "CompanyDescription": 200, **ADDRESS_LENGTHS}
ADDRESS_MANDATORY = ("Line1", "City", "PostcodeZip", "CountryCode")
ADDRESS_PLACE = ("Line1", "Line2", "Line3", "City", "County", "PostcodeZip", "CountryCode")

LINE_LENGTHS = {
    "ProductCode": 100, "EAN": 100, "CurrencyCode": 3, "SecondaryCurrencyCode": 3, "CountryCode": 100,
    "OrderLineMessage": 100, "LotNo": 100, "Channel": 100, "ExternalDocumentNo": 100, "GUID": 100,
    "ASNNumber": 100,
}  # fmt: skip
LINE_NUMBERS = ("UnitPrice", "UnitDiscountPrice", "VAT", "CustomsValue", "SecondaryUnitPrice", "SecondaryVAT")

CURRENCIES = frozenset({"GBP", "EUR", "USD"})

_ALPHA_2 = (
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW "
    "BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI "
    "FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN "
    "IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME "
    "MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF "
    "PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV "
    "SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE "
    "YT ZA ZM ZW "
)
ALPHA_2 = frozenset(_ALPHA_2.split())
_ALPHA_3 = (
    "ABW AFG AGO AIA ALA ALB AND ARE ARG ARM ASM ATA ATF ATG AUS AUT AZE BDI BEL BEN BES BFA BGD BGR BHR BHS "
    "BIH BLM BLR BLZ BMU BOL BRA BRB BRN BTN BVT BWA CAF CAN CCK CHE CHL CHN CIV CMR COD COG COK COL COM CPV "
    "CRI CUB CUW CXR CYM CYP CZE DEU DJI DMA DNK DOM DZA ECU EGY ERI ESH ESP EST ETH FIN FJI FLK FRA FRO FSM "
    "GAB GBR GEO GGY GHA GIB GIN GLP GMB GNB GNQ GRC GRD GRL GTM GUF GUM GUY HKG HMD HND HRV HTI HUN IDN IMN "
    "IND IOT IRL IRN IRQ ISL ISR ITA JAM JEY JOR JPN KAZ KEN KGZ KHM KIR KNA KOR KWT LAO LBN LBR LBY LCA LIE "
    "LKA LSO LTU LUX LVA MAC MAF MAR MCO MDA MDG MDV MEX MHL MKD MLI MLT MMR MNE MNG MNP MOZ MRT MSR MTQ MUS "
    "MWI MYS MYT NAM NCL NER NFK NGA NIC NIU NLD NOR NPL NRU NZL OMN PAK PAN PCN PER PHL PLW PNG POL PRI PRK "
    "PRT PRY PSE PYF QAT REU ROU RUS RWA SAU SDN SEN SGP SGS SHN SJM SLB SLE SLV SMR SOM SPM SRB SSD STP SUR "
    "SVK SVN SWE SWZ SXM SYC SYR TCA TCD TGO THA TJK TKM TKL TLS TON TTO TUN TUR TUV TWN TZA UGA UKR UMI URY "
    "USA UZB VAT VCT VEN VGB VIR VNM VUT WLF WSM YEM ZAF ZMB ZWE "
)
ALPHA_3 = frozenset(_ALPHA_3.split())


def is_country(code: str) -> bool:
    """Whether ``code`` is a country of ISO 3166, alpha-2 or alpha-3."""
    return code.upper() in ALPHA_2 or code.upper() in ALPHA_3
