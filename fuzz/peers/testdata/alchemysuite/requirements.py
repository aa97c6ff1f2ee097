"""What MySQL has of what SQLAlchemy's suite asks for, beside what that takes for granted."""
from sqlalchemy.testing import exclusions
from sqlalchemy.testing.requirements import SuiteRequirements

HAS = """
check_constraint_reflection comment_reflection computed_columns computed_columns_reflect_persisted
computed_columns_stored computed_columns_virtual cross_schema_fk_reflection ctes datetime_historic
duplicate_key_raises_integrity_error empty_inserts_executemany
foreign_key_constraint_option_reflection_ondelete foreign_key_constraint_option_reflection_onupdate
foreign_key_constraint_reflection implicit_default_schema implements_get_lastrowid index_reflection
json_deserializer_binary json_type legacy_unconditional_json_extract
parens_in_union_contained_select_w_limit_offset precision_numerics_enotation_large
primary_key_constraint_reflection savepoints schema_reflection schemas self_referential_foreign_keys
server_side_cursors temp_table_reflection temporary_tables two_phase_transactions unicode_data
unique_constraint_reflection unique_index_reflect_as_unique_constraints unique_constraints_reflect_as_index
update_from view_column_reflection view_reflection views window_functions mysql_zero_date json_array_indexes
""".split()

HAS_NOT = """
bound_limit_offset sql_expression_limit_offset unbounded_varchar time_microseconds datetime_microseconds
date_coerces_from_datetime datetime_literals time_literals date_literals timestamp_microseconds
temp_table_names temporary_views update_where_target_in_subquery float_is_numeric array_type
""".split()


class Requirements(SuiteRequirements):
    pass


for name in HAS:
    setattr(Requirements, name, property(lambda self: exclusions.open()))
for name in HAS_NOT:
    setattr(Requirements, name, property(lambda self: exclusions.closed()))
