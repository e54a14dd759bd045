"""Who treats: doctors, their specialties and what patients are told about them."""
