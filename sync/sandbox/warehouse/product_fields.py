"""Field tables of a product master (SEKO contract 7.3)."""

PRODUCT_LENGTHS = {
    "ProductCode": 100, "ProductDescription": 200, "ProductLongDescription": 500, "EAN": 50, "HTSCode": 100,
    "GrossWeightUOM": 10, "CountryOfOrigin": 2, "Currency": 3, "SecondaryCurrencyCode": 3, "Brand": 100, "Colour": 100,
    "Size": 100, "StyleCode": 100, "GroupIdentifier": 100, "Business": 50, "Category1": 50, "Category2": 50,
    "ProductUse": 50, "ClientProductStatus": 50, "Material": 500, "DangerousGoodsClass": 500, "Hazmat": 500,
}  # fmt: skip
PRODUCT_NUMBERS = ("GrossWeight", "UnitPrice", "SecondaryPrice", "LeadTime", "MOQ", "QCPercentage")
PRODUCT_SWITCHES = (
    "Hazardous", "LotControlled", "DateControlled", "SerialNumberControlled", "QCControlled", "InwardProcessing",
    "WetBond", "Bonded", "Kit",
)  # fmt: skip
PRODUCT_MANDATORY = ("ProductDescription", "GrossWeight", "GrossWeightUOM")
FOR_EVER = ("LotControlled", "DateControlled")

LIST_LENGTHS = {
    "Image": {"ImageData": 10_000_000, "DefaultImage": 5},
    "SupplierMapping": {"SupplierCode": 100, "SupplierDescription": 200},
    "ShipToCompanyMapping": {"BranchCode": 50, "CompanyCode": 100, "MappedCode": 100},
    "ProductCategory": {"CategoryCode": 100},
    "ProductIdentifier": {"Name": 100, "Value": 200, "Values": 200},
}
