FROM crosstab('associated_disease', 'sex')
