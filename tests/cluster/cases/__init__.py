# SPDX-License-Identifier: BSD-2-Clause
"""Modules whose functions with @case are the cases."""
